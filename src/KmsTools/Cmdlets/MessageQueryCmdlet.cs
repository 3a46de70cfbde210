using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that verifies what was generated from a message.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class MessageQueryCmdlet<TRequest, TResponse> : KmsOperationCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>
    /// The message, 1 to 4096 bytes: bytes, text (as UTF-8), a stream, or a file (Get-Item). An array must be wrapped to be piped: ,
    /// $bytes.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [ByteArrayTransformation]
    public byte[]? Message { get; set; }

    /// <summary>The key: its key ID, key ARN, alias name or alias ARN.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    public string? KeyId { get; set; }

    /// <summary>The ARN of the key, which an object in the pipeline has beside the ID: it tells which of related keys with this ID is meant.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Arn")]
    [KeyArgument]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? KeyArn { get; set; }

    /// <summary>Grant tokens.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("GrantTokens")]
    [GrantTokenArgument]
    public string[]? GrantToken { get; set; }

    /// <summary>
    /// With $true, the call is checked but not carried out: the error is DryRunOperationException if it would have succeeded.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(bool))]
    public bool? DryRun { get; set; }

    private protected override object? Subject => KeyId;
}
