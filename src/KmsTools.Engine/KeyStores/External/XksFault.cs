namespace KmsTools.KeyStores;

/// <summary>What events record about a request to a proxy that failed. Callers see the message of AWS KMS only.</summary>
internal static class XksFault
{
    /// <summary>Adds the fault to the event of a call.</summary>
    public static void Describe(OperationContext context, XksException exception)
    {
        context.AdditionalEventData[AuditNames.Members.XksProxyFault] = $"{exception.Failure}: {exception.Message}";
        if (exception.ProxyMessage is { Length: > 0 } message)
        {
            context.AdditionalEventData[AuditNames.Members.XksProxyErrorMessage] = message;
        }
    }

    /// <summary>The ConnectionErrorCode of a key store whose proxy did not answer as it must.</summary>
    public static ConnectionErrorCodeType ConnectionErrorOf(XksFailure failure) => failure switch
    {
        XksFailure.AuthenticationFailed => ConnectionErrorCodeType.INVALID_CREDENTIALS,
        XksFailure.Unreachable or XksFailure.KeyManagersUnavailable or XksFailure.Throttling =>
            ConnectionErrorCodeType.XKS_PROXY_NOT_REACHABLE,
        XksFailure.ConnectionBroken => ConnectionErrorCodeType.NETWORK_ERRORS,
        XksFailure.TimedOut or XksFailure.DependencyTimeout => ConnectionErrorCodeType.XKS_PROXY_TIMED_OUT,
        XksFailure.TlsFailed => ConnectionErrorCodeType.XKS_PROXY_INVALID_TLS_CONFIGURATION,
        XksFailure.InvalidUriPath => ConnectionErrorCodeType.XKS_PROXY_INVALID_CONFIGURATION,
        XksFailure.AccessDenied => ConnectionErrorCodeType.XKS_PROXY_ACCESS_DENIED,
        _ => ConnectionErrorCodeType.XKS_PROXY_INVALID_RESPONSE,
    };
}
