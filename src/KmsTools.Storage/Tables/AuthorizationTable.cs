using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about authorization.</summary>
internal sealed class AuthorizationTable(Database database)
{
    private readonly Statement _read = database.Prepare(
        """
        SELECT mode, direct_use_of_aws_managed_keys, service_control_policies, resource_control_policies
        FROM authorization_settings
        """);

    private readonly Statement _readRevision = database.Prepare("SELECT revision FROM authorization_settings");

    private readonly Statement _write = database.Prepare(
        """
        UPDATE authorization_settings SET
            mode = ?, direct_use_of_aws_managed_keys = ?, service_control_policies = ?, resource_control_policies = ?,
            revision = revision + 1
        """);

    public AuthorizationSettings Read()
    {
        using Statement row = _read.Start();
        row.Step();
        return new AuthorizationSettings
        {
            Mode = row.Name<AuthorizationMode>(0),
            DirectUseOfAwsManagedKeys = row.Flag(1),
            ServiceControlPolicies =
                [.. JsonSerializer.Deserialize<string[][]>(row.Text(2))!.Select(static level => level.ToImmutableArray())],
            ResourceControlPolicies = [.. JsonSerializer.Deserialize<string[]>(row.Text(3))!],
        };
    }

    public long ReadRevision()
    {
        using Statement row = _readRevision.Start();
        row.Step();
        return row.Number(0);
    }

    public void Write(AuthorizationSettings settings) => _write.Start()
        .Bind(settings.Mode)
        .Bind(settings.DirectUseOfAwsManagedKeys)
        .Bind(JsonSerializer.Serialize(settings.ServiceControlPolicies.Select(static level => level.AsEnumerable())))
        .Bind(JsonSerializer.Serialize(settings.ResourceControlPolicies.AsEnumerable()))
        .Run();
}
