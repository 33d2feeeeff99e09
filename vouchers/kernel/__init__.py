"""Pure Python values and rules that know no trade, no Flask and no database."""
