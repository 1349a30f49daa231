"""Prints a first .env with random keys: `python -m config.new_env > .env`."""

import secrets

from cryptography.fernet import Fernet


def first_env() -> str:
    """A development environment; both keys are new at each call."""
    return (
        "# Made once by `make setup`. Losing FERNET_KEYS loses every stored secret.\n"
        f"SECRET_KEY={secrets.token_urlsafe(50)}\n"
        f"FERNET_KEYS={Fernet.generate_key().decode()}\n"
    )


if __name__ == "__main__":
    print(first_env(), end="")
