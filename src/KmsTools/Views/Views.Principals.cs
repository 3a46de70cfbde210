using System.Globalization;

namespace KmsTools;

/// <content>Users, roles and groups, and how a store authorizes calls.</content>
public static partial class Views
{
    /// <summary>Whether a user or role has a permissions boundary; empty if it has none.</summary>
    /// <param name="principal">The user, role or group, or null.</param>
    public static string Boundary(object? principal) => new Shown(principal)[nameof(Principal.PermissionsBoundary)].IsNull ? "" : "yes";

    /// <summary>The tags of a user or role, as <c>key = 'value'</c>.</summary>
    /// <param name="principal">The user, role or group, or null.</param>
    public static string TagsOf(object? principal) => Tags(new Shown(principal)[nameof(Principal.Tags)]);

    /// <summary>The names of policies, on one line.</summary>
    /// <param name="policies">The documents by name, or null.</param>
    public static string Names(object? policies) => List(new Shown(policies).Pairs.Select(static policy => policy.Key.Text));

    /// <summary>Policies by their names, one below the other.</summary>
    /// <param name="policies">The documents by name, or null.</param>
    public static string Documents(object? policies) => string.Join(Environment.NewLine, new Shown(policies).Pairs.Select(
        static policy => $"{Text(policy.Key.Text)}: {Document(policy.Value.Text)}"));

    /// <summary>Service control policies, one below the other, with an empty line between levels.</summary>
    /// <param name="settings">How the store authorizes calls, or null.</param>
    public static string Levels(object? settings) => string.Join(
        Environment.NewLine + Environment.NewLine,
        new Shown(settings)[nameof(AuthorizationSettings.ServiceControlPolicies)].Items.Select(
            static level => Lines(level.Items.Select(static policy => policy.Text))));

    /// <summary>The number of policies of a list, or of a list of levels; empty for none.</summary>
    /// <param name="policies">The policies, or null.</param>
    public static string PolicyCount(object? policies)
    {
        int count = new Shown(policies).Items.Sum(static item => item.IsList ? item.Items.Length : 1);
        return count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "policy" : "policies")}");
    }

    /// <summary>Who may use AWS managed keys: everybody, or the services only.</summary>
    /// <param name="settings">How the store authorizes calls, or null.</param>
    public static string UseOfAwsManagedKeys(object? settings) => settings is null ? ""
        : new Shown(settings)[nameof(AuthorizationSettings.DirectUseOfAwsManagedKeys)].IsTrue ? "direct use" : "services only";
}
