using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A grant on a key.</summary>
internal sealed class GrantFormat() : PartFormat<EstateGrant>("grant", "A grant. It is present if an existing grant has the same members.")
{
    /// <summary>The one instance.</summary>
    public static readonly GrantFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateGrant>> Members { get; } =
    [
        Member("name", new TextFormat("string") { Pattern = "[a-zA-Z0-9:/_-]+", MaxLength = 256 }, static grant => grant.Name,
            static (grant, name) => grant with { Name = name },
            "The friendly name."),
        Member("grantee", Value.Text, static grant => grant.Grantee, static (grant, principal) => grant with { Grantee = principal },
            "Who gets the permissions: an ARN, or an account ID."),
        Member("granteeService", Value.String, static grant => grant.GranteeService,
            static (grant, service) => grant with { GranteeService = service },
            "The AWS service that gets the permissions."),
        Member("retiring", Value.Text, static grant => grant.Retiring, static (grant, principal) => grant with { Retiring = principal },
            "Who may retire the grant."),
        Member("retiringService", Value.String, static grant => grant.RetiringService,
            static (grant, service) => grant with { RetiringService = service },
            "The AWS service that may retire the grant."),
        Member("operations", Value.List(Value.Name<GrantOperation>(), "A grant permits at least one operation."),
            static grant => grant.Operations, static (grant, operations) => grant with { Operations = [.. operations] },
            "The permitted operations.", isRequired: true),
        Member("constraints", Value.Part(ConstraintsFormat.Instance), static grant => grant.Constraints,
            static (grant, constraints) => grant with { Constraints = constraints }),
    ];

    /// <inheritdoc/>
    protected override string Rules => """
        { "oneOf": [{ "required": ["grantee"] }, { "required": ["granteeService"] }] }
        """;

    /// <inheritdoc/>
    protected override EstateGrant Begin(SourcePosition position) => new() { Position = position, Operations = [] };

    /// <inheritdoc/>
    protected override EstateGrant Check(YamlObject given, EstateGrant part)
    {
        if (!given.Has("grantee") && !given.Has("granteeService"))
        {
            given.Error(given.Position, "A grant requires a grantee or a granteeService.");
        }

        return part;
    }
}
