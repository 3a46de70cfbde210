using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that generates a data key or a data key pair.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class DataKeyCmdlet<TRequest, TResponse> : KeyChangeCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    /// <summary>
    /// Names and values that are bound to the encrypted data key and required to decrypt it. They appear in plaintext in events.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PairsArgument]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }
}
