using System.Collections;
using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>
/// Accepts a policy as JSON text, as the lines of Get-Content, as a file, as a hashtable, or as an object such as ConvertFrom-Json returns.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PolicyTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => PolicyText.Of(inputData);
}

/// <summary>
/// Accepts a hashtable of policies by their names, each in any form that <see cref="PolicyTransformationAttribute"/> accepts.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PoliciesTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? value = NamedMember.Unwrap(inputData);
        IDictionary? table = value is PSObject bag && NamedMember.IsBag(bag) ? NamedMember.TableOf(bag) : value as IDictionary;
        if (table is null)
        {
            return value is null ? null : throw new ArgumentTransformationMetadataException(
                "Policies are given by their names, such as @{ decrypt = Get-Content ./decrypt.json -Raw }, "
                    + $"and an object of the type {NamedMember.TypeOf(PSObject.AsPSObject(inputData))} was given.");
        }

        Hashtable policies = new(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in table)
        {
            policies[$"{entry.Key}"] = PolicyText.Of(entry.Value);
        }

        return policies;
    }
}

/// <summary>
/// Accepts one level of policies, or several: a list of lists. Each policy is in any form that <see cref="PolicyTransformationAttribute"/>
/// accepts.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PolicyLevelsTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object?[] items = Items(inputData);
        return items.Any(static item => Unwrap(item) is IList)
            ? items.Select(static item => Items(item).Select(PolicyText.Of).ToArray()).ToArray()
            : items.Length == 0 ? Array.Empty<string[]>()
            : new[] { items.Select(PolicyText.Of).ToArray() };
    }

    private static object?[] Items(object? input) =>
        Unwrap(input) is IList list ? [.. list.Cast<object?>()] : input is null ? [] : [input];

    private static object? Unwrap(object? input) => input is PSObject wrapper ? wrapper.BaseObject : input;
}
