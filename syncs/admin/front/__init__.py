"""The parts of the front page that take more than a question to the database."""
