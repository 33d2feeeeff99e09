ALTER FUNCTION transfers_post() SECURITY INVOKER RESET search_path;
--;;
ALTER FUNCTION allocations_use() SECURITY INVOKER RESET search_path;
--;;
GRANT EXECUTE ON FUNCTION transfers_post() TO PUBLIC;
--;;
GRANT EXECUTE ON FUNCTION allocations_use() TO PUBLIC;
