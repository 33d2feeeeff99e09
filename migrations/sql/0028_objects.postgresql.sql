CREATE TRIGGER payment_items_no_change BEFORE UPDATE OR DELETE ON payment_items FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER payment_items_no_truncate BEFORE TRUNCATE ON payment_items FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
