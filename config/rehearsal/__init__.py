"""A full cycle on a throwaway database with fresh stand-ins, and the account of it."""
