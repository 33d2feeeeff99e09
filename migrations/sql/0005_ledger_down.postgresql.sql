DROP FUNCTION transfers_fit();
--;;
DROP FUNCTION transfers_post();
--;;
DROP FUNCTION ledger_accounts_begin_empty();
