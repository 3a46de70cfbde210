using System.Management.Automation;
using System.Net;
using System.Security;

namespace KmsTools.Binding;

/// <summary>Takes PINs and passwords: a SecureString, a credential, or text, with a warning.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PinTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => GivenSecret.Read(inputData) switch
    {
        string text => new NetworkCredential("", text).SecurePassword,
        var other => other,
    };
}

/// <summary>Takes PINs and passwords as <see cref="PinTransformationAttribute"/> does, where the API has them as text.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PlainTextTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData) => GivenSecret.Read(inputData) switch
    {
        SecureString secure => new NetworkCredential("", secure).Password,
        var other => other,
    };
}

/// <summary>PINs and passwords as they are given to cmdlets.</summary>
internal static class GivenSecret
{
    // A transformation does not know its cmdlet, which runs next on the same thread.
    [ThreadStatic]
    private static bool t_wasText;

    /// <summary>A SecureString, text, or whatever else was given.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It is a number, whose zeros at the beginning are lost.</exception>
    public static object? Read(object? given)
    {
        switch (given is PSObject wrapper ? wrapper.BaseObject : given)
        {
            case PSCredential credential:
                return credential.Password;
            case string { Length: > 0 } text:
                t_wasText = true;
                return text;
            case ValueType and IConvertible:
                throw new ArgumentTransformationMetadataException(
                    "A PIN or a password is not a number. Use (Read-Host -AsSecureString), or put it in quotes.");
            case var other:
                return other;
        }
    }

    /// <summary>Whether text was given since the last call on this thread.</summary>
    public static bool TakeWasText()
    {
        bool was = t_wasText;
        t_wasText = false;
        return was;
    }
}
