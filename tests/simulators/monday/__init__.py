"""The stand-in for monday.com: its GraphQL endpoint, OAuth, webhooks and a page of a board.

developer.monday.com/api-reference
"""

from .simulator import MondaySimulator

__all__ = ["MondaySimulator"]
