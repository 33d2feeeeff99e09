-- Whoever may insert a transfer or an allocation has its sums written, without a right of their own to write sums.
-- Nobody else may hang these functions on a table of theirs; names are found where they were, whatever the caller's path.
DO $$
DECLARE
    one text;
BEGIN
    FOREACH one IN ARRAY ARRAY['transfers_post()', 'allocations_use()'] LOOP
        EXECUTE 'ALTER FUNCTION ' || one || ' SECURITY DEFINER SET search_path = pg_catalog, '
            || quote_ident(current_schema()) || ', pg_temp';
        EXECUTE 'REVOKE EXECUTE ON FUNCTION ' || one || ' FROM PUBLIC';
    END LOOP;
END $$;
