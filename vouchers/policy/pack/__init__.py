"""政策包: the shape of a policy pack, from the text of a file to frozen values."""
