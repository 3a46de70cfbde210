using System.Collections;
using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that makes a data key or a data key pair.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class DataKeyCmdlet<TRequest, TResponse> : KeyChangeCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>With $true, everything is checked and nothing is done: the answer is DryRunOperationException when the call would have worked.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public bool? DryRun { get; set; }

    /// <summary>Names and values that are bound to the encrypted data key and are needed again to decrypt it. Recorded in clear.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public Hashtable? EncryptionContext { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    public string[]? GrantToken { get; set; }
}
