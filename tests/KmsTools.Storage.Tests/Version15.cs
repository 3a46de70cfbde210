namespace KmsTools.Storage.Tests;

/// <summary>Turns state.db back to version 15, before external key stores, as the beginning of stores of earlier versions.</summary>
internal static class Version15
{
    public const string Script =
        """
        ALTER TABLE keys DROP COLUMN material_count;
        DROP INDEX keys_by_xks_key;
        ALTER TABLE keys DROP COLUMN xks_key_id;
        DROP TABLE xks_proxy_addresses;
        DROP TABLE vpc_endpoint_services;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_connectivity;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_uri_endpoint;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_uri_path;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_service_name;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_service_owner;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_access_key_id;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_wrapped_secret;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_credential_date;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_certificate_name;
        ALTER TABLE custom_key_stores DROP COLUMN proxy_certificate_not_after;

        """;
}
