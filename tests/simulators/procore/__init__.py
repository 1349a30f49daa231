"""The Procore stand-in: developers.procore.com, and what the live service was seen to do."""

from .simulator import ProcoreSimulator

__all__ = ["ProcoreSimulator"]
