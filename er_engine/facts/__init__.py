"""What a catalog knows of its entities beside their names, and how much of it was heard."""
