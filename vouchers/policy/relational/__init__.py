"""整册试算: the rule tree of a pack as relational expressions, for registers of millions."""
