using System.Collections.Immutable;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about authorization.</summary>
internal sealed class AuthorizationTable : Table<AuthorizationSettings>
{
    private static readonly Columns<AuthorizationSettings> s_columns = new Columns<AuthorizationSettings>("authorization_settings", Read)
        .Key("id", static _ => 1L)
        .Changing("mode", static settings => settings.Mode)
        .Changing("direct_use_of_aws_managed_keys", static settings => settings.DirectUseOfAwsManagedKeys)
        .Changing(
            "service_control_policies",
            static settings => JsonTexts.Write(settings.ServiceControlPolicies.Select(static level => level.AsEnumerable())))
        .Changing("resource_control_policies", static settings => JsonTexts.Write(settings.ResourceControlPolicies));

    private readonly Statement _readRevision;

    public AuthorizationTable(IDatabase database)
        : base(database, s_columns) => _readRevision = Prepare("SELECT revision FROM authorization_revision", isHot: true);

    public AuthorizationSettings Read() => ReadOnlyRow();

    /// <summary>A number that grows with every change of this row and of a principal.</summary>
    public long ReadRevision() =>
        _readRevision.Find(static row => (long?)row.Number("revision")) ?? throw MissingRow("authorization_revision");

    private static AuthorizationSettings Read(Row row) => new()
    {
        Mode = row.Name<AuthorizationMode>("mode"),
        DirectUseOfAwsManagedKeys = row.Flag("direct_use_of_aws_managed_keys"),
        ServiceControlPolicies =
        [
            .. JsonTexts.ReadLists(row.Text("service_control_policies")).Select(static level => ImmutableArray.Create<string>(level!)),
        ],
        ResourceControlPolicies = [.. JsonTexts.ReadList(row.Text("resource_control_policies"))],
    };
}
