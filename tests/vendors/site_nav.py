"""A scripted on-premises server, for what a stand-in with books need not know: the bare wire."""

from __future__ import annotations

import base64
import datetime as dt
import ipaddress
import json
import ssl
from pathlib import Path
from typing import Any

import spnego
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connections.models import Connection
from connections.vendors.nav.client import OnPremises
from connections.vendors.nav.services import SERVICES
from tests.connections.other_system import OtherSystem, Reply
from tests.vendors.stage_business_central import Notebook

NS = "http://docs.oasis-open.org/odata/ns/edm"
HTML = "<!DOCTYPE html><html><head><style>p{}</style></head><body><h2>HTTP Error 404. Gone</h2></body></html>"  # noqa: E501


def site(address: str, **settings: Any) -> OnPremises:
    """A client of the server at that address."""
    connection = Connection.objects.create(
        name="Site",
        vendor="nav",
        settings={
            "mode": "on_premises", "server_url": address, "instance": "BC230",
            "company": "Bob's A/S & Co.", "user": "svc", **settings,
        },
        secrets={"password": "KEY-öä", "client_secret": "s3cret"},
    )  # fmt: skip
    return OnPremises(connection, Notebook())


def metadata(**more: tuple[str, ...]) -> str:
    """CSDL with all services and all the fields that they need."""
    sets = {name: (*one.fields, "No") for name, one in SERVICES.items()}
    parts = {f"{name}{one.part}": one.part_fields for name, one in SERVICES.items() if one.part}
    types, containers = "", ""
    for name, fields in {**sets, **parts, **more}.items():
        unique = dict.fromkeys(fields)
        types += f'<EntityType Name="{name}">'
        types += "".join(f'<Property Name="{one}" Type="Edm.String"/>' for one in unique)
        types += "</EntityType>"
        containers += f'<EntitySet Name="{name}" EntityType="NAV.{name}"/>'
    return (
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>'
        f'<Schema xmlns="{NS}" Namespace="NAV">{types}<EntityContainer>{containers}'
        "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"
    )


def error(status: int, message: str, code: str = "Unknown") -> Reply:
    return status, {}, json.dumps({"error": {"code": code, "message": message}})


def answering(system: OtherSystem, *replies: Reply) -> None:
    """$metadata, and then these in turn; the last one for ever."""
    left = list(replies)

    def reply(method: str, path: str, count: int) -> Reply:
        if "$metadata" in path:
            return 200, {"Content-Type": "application/xml"}, metadata()
        return left.pop(0) if len(left) > 1 else left[0]

    system.reply = reply


class Handshake:
    """NTLM as a server does it, inside `NTLM` or `Negotiate`; one conversation at a time."""

    def __init__(self, scheme: str, inner: Reply) -> None:
        self.scheme, self.inner = scheme, inner
        self.context: Any = None

    def __call__(self, headers: dict[str, str]) -> Reply:
        said = headers.get("authorization", "")
        if not said.startswith(f"{self.scheme} "):
            if self.context is not None and self.context.complete:
                return self.inner
            return 401, {"WWW-Authenticate": self.scheme}, HTML
        token = base64.b64decode(said.split(" ", 1)[1])
        if token[8:12] == b"\x01\x00\x00\x00":
            self.context = spnego.server(protocol="ntlm", options=spnego.NegotiateOptions.use_ntlm)
        try:
            reply = self.context.step(token)
        except spnego.exceptions.SpnegoError:
            self.context = None
            return 401, {"WWW-Authenticate": self.scheme}, HTML
        if self.context.complete:
            return self.inner
        challenge = base64.b64encode(reply).decode()
        return 401, {"WWW-Authenticate": f"{self.scheme} {challenge}"}, ""


def certificate_authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A private authority's PEM file, and a server context with a certificate by it."""
    key, authority = made("Keystone CA", None, None)
    server_key, certificate = made("127.0.0.1", authority, key)
    bundle, chain = folder / "authority.pem", folder / "server.pem"
    bundle.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + server_key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(chain)
    return bundle, context


def made(
    name: str, issuer: x509.Certificate | None, issuer_key: ec.EllipticCurvePrivateKey | None
) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(issuer_key or key, hashes.SHA256())
