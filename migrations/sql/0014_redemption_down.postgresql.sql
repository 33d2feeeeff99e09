DROP FUNCTION allocations_use();
