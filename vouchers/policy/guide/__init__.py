"""申报指南 and 办事指南: made from a pack alone, once as values, then as a page or as a document."""
