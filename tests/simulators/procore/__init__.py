"""The Procore stand-in. Facts: the Procore fact sheet; what it does not say is marked there."""

from .simulator import ProcoreSimulator

__all__ = ["ProcoreSimulator"]
