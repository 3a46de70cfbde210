using System.Collections.Immutable;

namespace KmsTools.Authorization;

/// <summary>What a policy is attached to, which decides what its statements must and must not have.</summary>
internal enum PolicyForm
{
    /// <summary>A key policy: statements have a principal.</summary>
    Key,

    /// <summary>A trust policy of a role: statements have a principal, and no resource.</summary>
    Trust,

    /// <summary>An identity policy, a boundary, a session policy or a service control policy: statements have no principal.</summary>
    Identity,

    /// <summary>A resource control policy: its statements deny, to the principal <c>*</c>.</summary>
    ResourceControl,
}

/// <summary>A policy, parsed and compiled once. Source: "Grammar of the IAM JSON policy language", IAM User Guide.</summary>
internal sealed class PolicyDocument
{
    private PolicyDocument(PolicyForm form, PolicyKind kind, string name, IEnumerable<PolicyStatement> statements)
    {
        (Form, Kind, Name) = (form, kind, name);
        ILookup<bool, PolicyStatement> byEffect = statements.ToLookup(static statement => statement.Reference.IsAllow);
        Allows = [.. byEffect[true]];
        Denies = [.. byEffect[false]];
    }

    /// <summary>What it is attached to.</summary>
    public PolicyForm Form { get; }

    /// <summary>The kind that decisions name.</summary>
    public PolicyKind Kind { get; }

    /// <summary>The name that decisions give it.</summary>
    public string Name { get; }

    /// <summary>The statements that allow, in their order.</summary>
    public ImmutableArray<PolicyStatement> Allows { get; }

    /// <summary>The statements that deny, in their order.</summary>
    public ImmutableArray<PolicyStatement> Denies { get; }

    /// <summary>Parses a policy that is about to be saved or that was given for a decision.</summary>
    /// <param name="policy">The document (JSON).</param>
    /// <param name="form">What it is attached to.</param>
    /// <param name="kind">The kind that decisions name.</param>
    /// <param name="name">The name that decisions give it.</param>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static PolicyDocument Parse(string policy, PolicyForm form, PolicyKind kind, string name) =>
        new(form, kind, name, new PolicyParser(form, kind, name, isStored: false).Parse(policy));

    /// <summary>
    /// Reads a policy of a store. It may have been saved when less was checked: a condition with an operator that does not exist keeps a
    /// statement from allowing, and does not keep it from denying.
    /// </summary>
    /// <inheritdoc cref="Parse"/>
    public static PolicyDocument Read(string policy, PolicyForm form, PolicyKind kind, string name) =>
        new(form, kind, name, new PolicyParser(form, kind, name, isStored: true).Parse(policy));

    /// <summary>
    /// What the policy allows at best: statements that allow do so whatever their conditions, and those that deny under conditions are
    /// left out. It tells whether somebody could ever do something, whatever the call.
    /// </summary>
    public PolicyDocument WithoutConditions() => new(
        Form,
        Kind,
        Name,
        [
            .. Allows.Select(static statement => statement.Unconditional()),
            .. Denies.Where(static statement => statement.Conditions.IsEmpty),
        ]);
}
