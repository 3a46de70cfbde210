using System.Collections.Immutable;
using System.Globalization;

namespace KmsTools.Authorization;

/// <summary>Compiles the service control policies and resource control policies of a store, which are named by their numbers.</summary>
internal static class GuardrailPolicies
{
    private delegate PolicyDocument Reading(string policy, PolicyForm form, PolicyKind kind, string name);

    /// <summary>Compiles service control policies as they are stored, level by level; default for none.</summary>
    public static ImmutableArray<ImmutableArray<PolicyDocument>> CompileServiceControl(AuthorizationSettings settings) =>
        settings.ServiceControlPolicies.IsEmpty ? default : ServiceControl(settings, PolicyDocument.Read);

    /// <summary>Compiles resource control policies as they are stored.</summary>
    public static ImmutableArray<PolicyDocument> CompileResourceControl(AuthorizationSettings settings) =>
        ResourceControl(settings, PolicyDocument.Read);

    /// <summary>Refuses policies that AWS refuses when they are saved.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocument.</exception>
    public static void Require(AuthorizationSettings settings)
    {
        try
        {
            ServiceControl(settings, PolicyDocument.Parse);
            ResourceControl(settings, PolicyDocument.Parse);
        }
        catch (KmsException exception)
        {
            throw KmsErrors.MalformedPrincipalPolicy(exception.Message, exception);
        }
    }

    private static ImmutableArray<ImmutableArray<PolicyDocument>> ServiceControl(AuthorizationSettings settings, Reading read) =>
    [
        .. settings.ServiceControlPolicies.Select((level, at) => level
            .Select((policy, number) => read(policy, PolicyForm.Identity, PolicyKind.ServiceControl, Name(at, number)))
            .ToImmutableArray()),
    ];

    private static ImmutableArray<PolicyDocument> ResourceControl(AuthorizationSettings settings, Reading read) =>
    [
        .. settings.ResourceControlPolicies.Select((policy, number) => read(
            policy, PolicyForm.ResourceControl, PolicyKind.ResourceControl, (number + 1).ToString(CultureInfo.InvariantCulture))),
    ];

    // level.number, both from 1.
    private static string Name(int level, int number) => string.Create(CultureInfo.InvariantCulture, $"{level + 1}.{number + 1}");
}
