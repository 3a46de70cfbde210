using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about authorization.</summary>
internal sealed class AuthorizationTable(IDatabase database)
{
    private readonly Statement _read = new(
        database,
        """
        SELECT mode, direct_use_of_aws_managed_keys, service_control_policies, resource_control_policies
        FROM authorization_settings
        """);

    private readonly Statement _write = new(
        database,
        """
        UPDATE authorization_settings SET
            mode = @mode, direct_use_of_aws_managed_keys = @direct_use, service_control_policies = @service_control_policies,
            resource_control_policies = @resource_control_policies, revision = revision + 1
        """);

    public AuthorizationSettings Read() => _read.Find(static row => new AuthorizationSettings
    {
        Mode = row.Name<AuthorizationMode>("mode"),
        DirectUseOfAwsManagedKeys = row.Flag("direct_use_of_aws_managed_keys"),
        ServiceControlPolicies =
        [
            .. JsonSerializer.Deserialize<string[][]>(row.Text("service_control_policies"))!
                .Select(static level => level.ToImmutableArray()),
        ],
        ResourceControlPolicies = [.. JsonSerializer.Deserialize<string[]>(row.Text("resource_control_policies"))!],
    })!;

    public void Write(AuthorizationSettings settings) => _write.Run(
        ("mode", settings.Mode),
        ("direct_use", settings.DirectUseOfAwsManagedKeys),
        (
            "service_control_policies",
            JsonSerializer.Serialize(settings.ServiceControlPolicies.Select(static level => level.AsEnumerable()))
        ),
        ("resource_control_policies", JsonSerializer.Serialize(settings.ResourceControlPolicies.AsEnumerable())));
}
