using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A user, role or group.</summary>
internal sealed class PrincipalFormat()
    : PartFormat<EstatePrincipal>("principal", "A user, role or group, identified by its name: one of user, role and group.")
{
    /// <summary>The one instance.</summary>
    public static readonly PrincipalFormat Instance = new();

    private static readonly string[] s_names = ["user", "role", "group"];

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstatePrincipal>> Members { get; } =
    [
        NameMember("user", PrincipalType.User, 64, "The name of the user."),
        NameMember("role", PrincipalType.Role, 64, "The name of the role."),
        NameMember("group", PrincipalType.Group, 128, "The name of the group."),
        Member("path", Value.String, static principal => principal.Path, static (principal, path) => principal with { Path = path },
            "The path, part of the ARN. The default is /."),
        Member("groups", Value.List(Value.Text), static principal => principal.Groups,
            static (principal, groups) => principal with { Groups = [.. groups] },
            "The groups of the user. Other groups that it is in are kept."),
        Member("trustPolicy", new PolicyFormat(), static principal => principal.TrustPolicy,
            static (principal, policy) => principal with { TrustPolicy = policy },
            "Who may assume the role: JSON text, or the same as YAML."),
        Member("maxSessionDuration", new NumberFormat(3600, 43200) { Default = 3600 }, static principal => principal.MaxSessionDuration,
            static (principal, seconds) => principal with { MaxSessionDuration = seconds },
            "The longest session of the role in seconds. The default is 3600."),
        Member("policies", new PoliciesFormat(), static principal => principal.Policies,
            static (principal, policies) => principal with { Policies = [.. policies] },
            "The identity policies by their names: JSON text, or the same as YAML. Other policies are kept."),
        Member("permissionsBoundary", new PolicyFormat(), static principal => principal.PermissionsBoundary,
            static (principal, policy) => principal with { PermissionsBoundary = policy },
            "The permissions boundary: JSON text, or the same as YAML."),
        Member("tags", Value.Pairs,
            static principal => [.. principal.Tags.Select(static tag => new YamlPair(tag.Position, tag.Key, tag.Value))],
            static (principal, pairs) => principal with
            {
                Tags = [.. pairs.Select(static pair => new EstateTag(pair.Position, pair.Name, pair.Value))],
            },
            "The tags. Other tags are kept."),
    ];

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "oneOf": [
            { "required": ["user"] },
            { "required": ["role"] },
            { "required": ["group"] }
          ]
        }
        """;

    /// <inheritdoc/>
    protected override EstatePrincipal Begin(SourcePosition position) => new()
    {
        Position = position,
        Type = default,
        Name = new("", position),
    };

    /// <inheritdoc/>
    protected override EstatePrincipal? Check(YamlObject given, EstatePrincipal part)
    {
        if (s_names.Count(given.Has) == 1)
        {
            return part;
        }

        given.Error(given.Position, "A principal has one of user, role and group: its name.");
        return null;
    }

    private static MemberFormat<EstatePrincipal> NameMember(string member, PrincipalType type, int maxLength, string description) => Member(
        member,
        new TextFormat(TextFormat.Any) { MinLength = 1, MaxLength = maxLength },
        principal => principal.Type == type ? principal.Name : null,
        (principal, name) => principal with { Type = type, Name = name },
        description);
}
