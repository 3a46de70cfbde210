using System.Collections.Immutable;
using System.Globalization;

namespace KmsTools.Authorization;

/// <summary>Compiles the service control policies and resource control policies of a store, which are named by their numbers.</summary>
internal static class GuardrailPolicies
{
    /// <summary>Compiles service control policies, level by level; default for none.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static ImmutableArray<ImmutableArray<PolicyDocument>> CompileServiceControl(ImmutableArray<ImmutableArray<string>> levels) =>
        levels.IsEmpty
            ? default
            : [.. levels.Select((level, at) => level.Select((policy, number) => PolicyDocument.Parse(
                policy, PolicyForm.Identity, PolicyKind.ServiceControl, Name(at, number))).ToImmutableArray())];

    /// <summary>Compiles resource control policies.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static ImmutableArray<PolicyDocument> CompileResourceControl(ImmutableArray<string> policies) =>
    [
        .. policies.Select(static (policy, number) => PolicyDocument.Parse(
            policy, PolicyForm.ResourceControl, PolicyKind.ResourceControl, (number + 1).ToString(CultureInfo.InvariantCulture))),
    ];

    // level.number, both from 1.
    private static string Name(int level, int number) => string.Create(CultureInfo.InvariantCulture, $"{level + 1}.{number + 1}");
}
