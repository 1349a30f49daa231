"""The discovery page: dictionaries and object libraries, each with its services."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from .resources import Resource

LIBRARIES = ("Microsoft.Dynamics.GP.BusinessObjects",
             "Microsoft.Dynamics.GP.ManagementReporterServices",
             "Microsoft.Dynamics.GP.Svc.Application")  # fmt: skip
PAGE = """<!DOCTYPE html>
<html><head><title>Microsoft Dynamics GP Service</title></head><body>
<h1>Microsoft Dynamics GP Service</h1>
<h2>Dictionaries</h2><h3>Dynamics</h3><table>{services}</table>
<h2>Object libraries</h2><ul>{libraries}</ul></body></html>
"""


def write(resources: Iterable[Resource]) -> str:
    services = "".join(
        f"<tr><td>GET</td><td>Companies({{CompanyName}})/{escape(one.path)}</td></tr>"
        f"<tr><td>GET</td><td>Companies({{CompanyName}})/{escape(one.path)}"
        f"({escape(';'.join(f'{{{name}}}' for name in one.key))})</td></tr>"
        for one in resources
    )
    libraries = "".join(f"<li>{escape(name)}</li>" for name in LIBRARIES)
    return PAGE.format(services=services, libraries=libraries)
