"""How a server runs: alone, as several processes, over reloads, to its stop."""
