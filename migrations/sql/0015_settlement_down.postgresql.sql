DROP FUNCTION payment_attempts_fit();
--;;
DROP FUNCTION payment_attempts_kept();
