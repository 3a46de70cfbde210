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
    /// <summary>Parses a policy.</summary>
    /// <param name="policy">The document (JSON).</param>
    /// <param name="form">What it is attached to.</param>
    /// <param name="kind">The kind that decisions name.</param>
    /// <param name="name">The name that decisions give it.</param>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static PolicyDocument Parse(string policy, PolicyForm form, PolicyKind kind, string name) =>
        throw new NotImplementedException();
}
