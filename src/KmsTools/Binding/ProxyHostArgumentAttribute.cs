using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>Takes the host name of a proxy from its endpoint, such as https://xks.example.com, where a host name is asked for.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class ProxyHostArgumentAttribute : ArgumentTransformationAttribute
{
    private const string Scheme = "https://";

    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) =>
        (inputData is PSObject wrapper ? wrapper.BaseObject : inputData) is string text
        && text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? text[Scheme.Length..].TrimEnd('/')
            : inputData;
}
