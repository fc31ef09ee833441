"""Who we are at Microsoft's, where we sign in there, and whom we believe."""

import ssl
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Registration:
    """Who we are in one tenant. `tenant_id` in small letters, however it is given. `name` is what people call
    the tenant, empty where nobody has said.

    Without an app id we are nobody, and only a simulator on this machine is answered.
    """

    app_id: str
    password: str = field(repr=False)
    tenant_id: str
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tenant_id", self.tenant_id.casefold())


@dataclass(frozen=True, slots=True)
class Cloud:
    """Where we sign in, and whom we believe. `ca_file`: certificates to believe beside the system's."""

    login_url: str
    scope: str
    keys_url: str
    issuer: str
    ca_file: str


def trust(ca_file: str) -> ssl.SSLContext:
    """The certificates to believe: the system's, and those of `ca_file`. Reads files: not for the loop."""
    context = ssl.create_default_context()
    if ca_file:
        context.load_verify_locations(ca_file)
    return context
