CREATE TRIGGER order_versions_no_change BEFORE UPDATE OR DELETE ON order_versions FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER order_versions_no_truncate BEFORE TRUNCATE ON order_versions FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER orders_frozen BEFORE UPDATE OF voucher_id, offering_id, enterprise_id, provider_id, number ON orders
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
