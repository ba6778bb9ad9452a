"""Other systems (a hotline, a city platform) that report incidents and ask what became of them."""
