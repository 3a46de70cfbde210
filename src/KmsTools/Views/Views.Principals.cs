using System.Collections;
using System.Globalization;

namespace KmsTools;

/// <content>Users, roles and groups, and how a store authorizes calls.</content>
public static partial class Views
{
    /// <summary>Whether a user or role has a permissions boundary; empty if it has none.</summary>
    /// <param name="principal">The user, role or group, or null.</param>
    public static string Boundary(Principal? principal) => principal?.PermissionsBoundary is null ? "" : "yes";

    /// <summary>The tags of a user or role, as <c>key = 'value'</c>.</summary>
    /// <param name="principal">The user, role or group, or null.</param>
    public static string TagsOf(Principal? principal) =>
        principal is null ? "" : string.Join(", ", principal.Tags.Select(static tag => $"{Text(tag.TagKey)} = '{Text(tag.TagValue)}'"));

    /// <summary>Policies by their names, one below the other.</summary>
    /// <param name="policies">The documents by name, or null.</param>
    public static string Documents(IReadOnlyDictionary<string, string>? policies) =>
        policies is null ? "" : string.Join(Environment.NewLine, policies.Select(
            static policy => $"{Text(policy.Key)}: {Document(policy.Value)}"));

    /// <summary>Service control policies, one below the other, with an empty line between levels.</summary>
    /// <param name="settings">How the store authorizes calls, or null.</param>
    public static string Levels(AuthorizationSettings? settings) => settings is null ? "" : string.Join(
        Environment.NewLine + Environment.NewLine,
        settings.ServiceControlPolicies.Select(static level => Lines(level)));

    /// <summary>The number of policies of a list, or of a list of levels; empty for none.</summary>
    /// <param name="policies">The policies, or null.</param>
    public static string PolicyCount(IEnumerable? policies)
    {
        int count = policies?.Cast<object?>().Sum(static item => item is string ? 1 : ((IEnumerable)item!).Cast<object?>().Count()) ?? 0;
        return count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "policy" : "policies")}");
    }

    /// <summary>Who may use AWS managed keys: everybody, or the services only.</summary>
    /// <param name="settings">How the store authorizes calls, or null.</param>
    public static string UseOfAwsManagedKeys(AuthorizationSettings? settings) =>
        settings is null ? "" : settings.DirectUseOfAwsManagedKeys ? "direct use" : "services only";
}
