"""The stand-in for monday.com: its GraphQL endpoint, OAuth, webhooks and a page of a board."""

from .simulator import MondaySimulator

__all__ = ["MondaySimulator"]
