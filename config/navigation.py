"""The admin's side bar. Its links are lazy: settings load before the addresses."""

from typing import Any

from django.urls import reverse_lazy

SIDEBAR: dict[str, Any] = {
    "show_search": True,
    "show_all_applications": True,
    "navigation": [
        {
            "title": "ml-connector",
            "items": [
                {"title": "Overview", "icon": "dashboard", "link": reverse_lazy("admin:index")},
            ],
        },
        {
            "title": "People",
            "collapsible": True,
            "items": [
                {
                    "title": "Users",
                    "icon": "person",
                    "link": reverse_lazy("admin:auth_user_changelist"),
                },
                {
                    "title": "Groups",
                    "icon": "group",
                    "link": reverse_lazy("admin:auth_group_changelist"),
                },
            ],
        },
    ],
}
