using KmsTools.KeyStores;

namespace KmsTools;

/// <summary>Why an administrative act was refused, as its event records it.</summary>
/// <param name="ErrorCode">The name of an AWS exception.</param>
/// <param name="Message">The human-readable message.</param>
/// <param name="KeyArn">The key that the refusal is about, or null.</param>
internal sealed record AdministrativeRefusal(string ErrorCode, string Message, string? KeyArn = null)
{
    /// <summary>The refusal that corresponds to an exception.</summary>
    public static AdministrativeRefusal Of(Exception fault) => fault switch
    {
        KmsException refusal => new(refusal.ErrorCode, refusal.Message, refusal.KeyArn),
        HsmException hsm => new(HsmKeyStore.Error(null, null, hsm).ErrorCode, hsm.Message),
        ArgumentException argument => new("ValidationException", WithoutParameterName(argument)),
        InvalidOperationException => new("UnsupportedOperationException", fault.Message),
        _ => new("KMSInternalException", fault.Message),
    };

    // .NET adds the name of a C# parameter, which means nothing to readers of events.
    private static string WithoutParameterName(ArgumentException error) =>
        error.ParamName is null ? error.Message : error.Message.Replace($" (Parameter '{error.ParamName}')", "", StringComparison.Ordinal);
}
