CREATE TRIGGER red_letters_frozen BEFORE UPDATE OF key, original_key, seller_uscc, issued_on, net, tax, gross, file_id ON red_letters
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
--;;
CREATE TRIGGER red_letters_no_delete BEFORE DELETE ON red_letters FOR EACH ROW EXECUTE FUNCTION refuse_change();
