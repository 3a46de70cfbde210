using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Commands;

/// <summary>What users give for a principal: a name has no colon, so that an ARN is told from it.</summary>
internal static class PrincipalReference
{
    /// <summary>Whether a principal is given by its ARN.</summary>
    public static bool IsArn([NotNullWhen(true)] string? given) => given?.StartsWith("arn:", StringComparison.Ordinal) ?? false;
}
