using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>A request that is answered with <typeparamref name="TResponse"/>.</summary>
/// <typeparam name="TResponse">The response type.</typeparam>
public interface IKmsRequest<TResponse>
{
}

/// <summary>A request that supports dry runs.</summary>
public interface IDryRunRequest
{
    /// <summary>True: checks everything, does nothing, and fails with DryRunOperationException if the call would have succeeded.</summary>
    bool? DryRun { get; }
}

/// <summary>The response of operations that return nothing.</summary>
public sealed class EmptyResponse
{
    /// <summary>The only instance.</summary>
    public static EmptyResponse Instance { get; } = new();
}

/// <summary>A key that a call uses, and what the key must allow.</summary>
/// <param name="Key">The key.</param>
/// <param name="Action">The required permission, such as <c>Encrypt</c> (without <c>kms:</c>), and the name used in messages.</param>
/// <param name="Usage">The required key usage, or null.</param>
public sealed record KeyTarget(Key Key, string Action, KeyUsageType? Usage = null)
{
    /// <summary>The ARN of the alias of a key that the call would create; null for a key that exists.</summary>
    public string? AliasOfDraft { get; init; }
}

/// <summary>An operation of the API.</summary>
public abstract class Operation
{
    private protected Operation(Type requestType, Type responseType)
    {
        Name = GetType().Name;
        RequestType = requestType;
        ResponseType = responseType;
    }

    /// <summary>The name in the API.</summary>
    public string Name { get; }

    /// <summary>The request type.</summary>
    public Type RequestType { get; }

    /// <summary>The response type.</summary>
    public Type ResponseType { get; }

    /// <summary>The request's members and constraints.</summary>
    public RequestShape Shape => field ??= RequestShape.Of(RequestType);

    /// <summary>
    /// Whether a successful call is answered with an object, which has no members if the response is <see cref="EmptyResponse"/>. False:
    /// the operation has no output in the service model, and is answered without any content.
    /// </summary>
    public virtual bool AnswersWithObject => ResponseType != typeof(EmptyResponse);

    /// <summary>
    /// Whether the operation leaves the state unchanged (CloudTrail's readOnly). Such calls take no write lock: they work on cached
    /// snapshots and their events are written to the event log with group commit.
    /// </summary>
    public virtual bool ReadOnly => false;

    /// <summary>
    /// Whether calls on a shared store go by what this node knows (<see cref="SharedCall"/>). Only for an operation that reads keys by name:
    /// what other keys have due is not noticed then.
    /// </summary>
    internal virtual bool GoesByKnownState => ReadOnly;

    /// <summary>Whether a successful call counts as cryptographic use of its keys (GetKeyLastUsage).</summary>
    public virtual bool IsKeyUse => false;

    /// <summary>
    /// Whether the service model declares InvalidArnException for it. It does not for the operations that use keys cryptographically, and
    /// clients map declared errors only.
    /// </summary>
    internal virtual bool DeclaresInvalidArn => !IsKeyUse;

    /// <summary>Whether the operation needs the bytes of key material, or the HSM that has them.</summary>
    protected internal virtual bool UsesMaterial => IsKeyUse;

    /// <summary>The key usage that the operation requires, or null.</summary>
    protected internal virtual KeyUsageType? Usage => null;

    /// <summary>
    /// Whether the operation has a Prepare. It is authorized and checked before that, on a snapshot, so it must not change a key that
    /// exists.
    /// </summary>
    protected internal virtual bool Prepares => false;

    /// <summary>Whether conditions see kms:CallerAccount although the operation uses no key.</summary>
    internal virtual bool HasCallerAccount => false;

    /// <summary>All steps of a call up to the commit.</summary>
    internal abstract object Run(CallPipeline pipeline, object request, OperationContext context);

    /// <summary>The work that waits for the commit.</summary>
    internal abstract void Conclude(object request, OperationContext context);

    internal abstract IEnumerable<KeyTarget> Preview(CallPipeline pipeline, object request, OperationContext context);

    /// <summary>The permissions that the request of a call needs, evaluated lazily.</summary>
    internal abstract IEnumerable<Permission> FindPermissions(OperationContext context);

    /// <summary>The value that the request of a call has for a condition key of this operation; null when it has none.</summary>
    /// <param name="key">A constant of <see cref="ConditionKeys"/>, or one of its prefixes and the rest.</param>
    /// <param name="permission">The permission: of some operations each has its own values.</param>
    /// <param name="context">The call.</param>
    internal abstract ConditionValues? FindFact(string key, Permission permission, OperationContext context);

    /// <summary>The encryption context that conditions and constraints of grants are compared with, or null.</summary>
    internal abstract IReadOnlyDictionary<string, string>? FindEncryptionContext(Permission permission, OperationContext context);

    /// <summary>A permission on a key that the call uses.</summary>
    private protected Permission OnKey(ResolvedKey key, string? action = null) =>
        new(action ?? Name, key.Key.Arn, Permission.RuleOf(action ?? Name), key.Key)
        {
            Usage = Usage,
            RequestAlias = key.AliasName,
            AliasOfDraft = key.AliasOfDraft,
        };

    /// <summary>Writes the ARN of the key that a call has changed as a member of responseElements.</summary>
    private protected static void WriteChangedKey(Utf8JsonWriter writer, OperationContext context) =>
        writer.WriteString("keyId"u8, context.Key.Arn);

    /// <summary>A permission on nothing that exists, which only policies of the caller give.</summary>
    private protected Permission OnAnything(string? action = null) =>
        new(action ?? Name, Permission.Anything, AccessRule.IdentityOnly);
}

/// <summary>An operation of the API: only what is specific to it; the pipeline does what is common to all.</summary>
/// <typeparam name="TRequest">The request type.</typeparam>
/// <typeparam name="TResponse">The response type.</typeparam>
public abstract class Operation<TRequest, TResponse> : Operation
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    private protected Operation()
        : base(typeof(TRequest), typeof(TResponse))
    {
    }

    /// <summary>
    /// The permissions that the call needs with the keys that it uses, in the order in which they are checked; evaluated lazily, so that
    /// all checks of the first key come before the second is looked up. By default, the permission on the key that the request's key member
    /// names; on nothing when the request lacks it. Source: "AWS KMS permissions", AWS KMS Developer Guide.
    /// </summary>
    internal virtual IEnumerable<Permission> Permissions(TRequest request, OperationContext context)
    {
        yield return Shape.KeyMember is { } member
            ? OnKey(context.ResolveKey((string)member.Get(request)!, member.Constraints.Key))
            : OnAnything();
    }

    /// <inheritdoc cref="Operation.FindFact"/>
    internal virtual ConditionValues? Fact(TRequest request, string key, Permission permission, OperationContext context) => null;

    /// <inheritdoc cref="Operation.FindEncryptionContext"/>
    internal virtual IReadOnlyDictionary<string, string>? ContextOf(TRequest request, Permission permission) => null;

    /// <summary>
    /// Refuses a request for its own content, beyond its shape, before any key is checked. Changes nothing and accesses no HSM: previews
    /// run it too.
    /// </summary>
    /// <exception cref="KmsException">The call is refused.</exception>
    protected internal virtual void Validate(TRequest request, OperationContext context)
    {
    }

    /// <summary>
    /// Refuses a call because of the state: names that are taken, quotas, connection states. The keys are resolved, allowed and in a
    /// state that permits the operation. Changes nothing and accesses no HSM: previews run it too, and calls run it in their transaction.
    /// </summary>
    /// <exception cref="KmsException">The call is refused.</exception>
    protected internal virtual void Check(TRequest request, OperationContext context)
    {
    }

    /// <summary>
    /// Work that must be done before, and must not hold, the store's write lock: generating keys in HSMs. Only with
    /// <see cref="Operation.Prepares"/>.
    /// </summary>
    protected internal virtual void Prepare(TRequest request, OperationContext context)
    {
    }

    /// <summary>Performs the operation, after <see cref="Check"/>.</summary>
    protected internal abstract TResponse Handle(TRequest request, OperationContext context);

    /// <summary>Work that must wait for the commit: carrying out in the HSMs what was decided.</summary>
    protected internal virtual void Conclude(TRequest request, OperationContext context)
    {
    }

    /// <summary>
    /// Writes the responseElements of the audit event as one JSON value. By default, the ARN of the key that the call has changed, which
    /// the event has whether the operation returns it or not; null if the call only reads, or has no key.
    /// </summary>
    protected internal virtual void WriteResponseElements(Utf8JsonWriter writer, OperationContext context, TResponse response)
    {
        if (ReadOnly || context.Keys.Count == 0)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        WriteChangedKey(writer, context);
        writer.WriteEndObject();
    }

    internal sealed override object Run(CallPipeline pipeline, object request, OperationContext context) =>
        pipeline.Run(this, (TRequest)request, context);

    internal sealed override void Conclude(object request, OperationContext context) => Conclude((TRequest)request, context);

    internal sealed override IEnumerable<KeyTarget> Preview(CallPipeline pipeline, object request, OperationContext context) =>
        pipeline.Preview(this, (TRequest)request, context);

    internal sealed override IEnumerable<Permission> FindPermissions(OperationContext context) =>
        Permissions((TRequest)context.Request, context);

    internal sealed override ConditionValues? FindFact(string key, Permission permission, OperationContext context) =>
        Fact((TRequest)context.Request, key, permission, context);

    internal sealed override IReadOnlyDictionary<string, string>? FindEncryptionContext(Permission permission, OperationContext context) =>
        ContextOf((TRequest)context.Request, permission);
}
