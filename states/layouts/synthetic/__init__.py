"""The parts that invented voters are made of: draws, places, people, votes, files."""
