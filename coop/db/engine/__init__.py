"""Django's PostgreSQL engine, which refuses a server older than the one the policies were proven on."""
