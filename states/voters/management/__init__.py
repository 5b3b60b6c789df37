"""Commands about voters."""
