"""The catalog as an intent recogniser of Home Assistant, over the Wyoming protocol."""
