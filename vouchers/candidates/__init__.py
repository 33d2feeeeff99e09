"""免申即享: a register of the authority, the enterprises that qualify by it, and what each of them answers."""
