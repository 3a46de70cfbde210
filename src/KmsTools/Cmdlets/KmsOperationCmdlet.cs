using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Commands;

/// <summary>A cmdlet that makes one API call for each input.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KmsOperationCmdlet<TRequest, TResponse> : KmsServiceCmdlet
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    private protected const string WholeResponse = "*";

    private readonly CallPace _pace = new();
    private TRequest? _request;
    private bool? _isVerbose;
    private bool? _mayWait;
    private (string Expression, Selection Selection)? _selected;

    /// <summary>
    /// What to return: '*' for the whole response, the name of a member of the response (or a dotted path to a nested member), or '^' and
    /// the name of a parameter of this cmdlet for its value.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(SelectCompleter))]
    public string? Select { get; set; }

    /// <summary>What is returned when -Select is not given; null for nothing.</summary>
    private protected virtual string? DefaultSelect => typeof(TResponse) == typeof(EmptyResponse) ? null : WholeResponse;

    private protected static Operation ApiOperation { get; } =
        OperationCatalog.All.First(static operation => operation.RequestType == typeof(TRequest));

    private protected abstract TRequest CreateRequest();

    /// <summary>The activity that progress shows.</summary>
    private protected virtual string Activity => MyInvocation.MyCommand.Name;

    private protected override void Process()
    {
        NoteCommonParameters();
        WarnOfNulls();
        Selection? selection = ReadSelection();
        TRequest request = _request = CreateRequest();
        if (MayProceed(request))
        {
            Call(request, selection);
        }
    }

    /// <summary>Whether the user confirms the action.</summary>
    private protected virtual bool MayProceed(TRequest request) => true;

    private protected virtual void Call(TRequest request, Selection? selection) => Write(selection, Execute(request));

    /// <summary>
    /// Whether calls may wait for something outside of this process, or compute for long: for a lock of the store, an HSM, a large prime.
    /// Asked once per cmdlet.
    /// </summary>
    private protected virtual bool MayWait()
    {
        if (!ApiOperation.ReadOnly)
        {
            return true;
        }

        using IStateReader state = Engine.OpenReader();
        return !state.ListClusters().IsEmpty;
    }

    private protected TResponse Execute(TRequest request)
    {
        try
        {
            CallProgress progress = new(this, Activity);
            KmsEngine engine = Engine;
            BeginCall();
            Caller caller = Caller;
            return _pace.IsShort && !(_mayWait ??= MayWait())
                ? _pace.Measure(() => progress.RunInPipeline(() => engine.Execute(request, caller, progress.Observer)))
                : progress.Run(() => _pace.Measure(() => engine.Execute(request, caller, progress.Observer)));
        }
        finally
        {
            if (IsVerbose)
            {
                ReportRates(request);
            }
        }
    }

    private protected bool IsVerbose => _isVerbose ??= MyInvocation.BoundParameters.TryGetValue("Verbose", out object? verbose)
        ? (SwitchParameter)verbose!
        : GetVariableValue("VerbosePreference")?.ToString() != nameof(ActionPreference.SilentlyContinue);

    private void ReportRates(TRequest request)
    {
        try
        {
            foreach (CustomKeyStoreRate rate in Engine.FindRates(request, Caller))
            {
                WriteVerbose(rate.ToString());
            }
        }
        catch (KmsException)
        {
            // The call itself reports what is wrong.
        }
    }

    private protected void Write(Selection? selection, object response)
    {
        object? chosen = selection?.Choose(response);
        OwnBytes.Release(chosen);
        if (chosen is not null)
        {
            // A stream is one value, and so is a dictionary.
            WriteObject(chosen, enumerateCollection: chosen is IEnumerable and not (string or IDictionary or byte[]));
        }
    }

    private protected sealed override string? Hint(KmsException error) =>
        NearestValue() ?? Base64Advice.Of(error, MyInvocation.BoundParameters) ?? HintOfParameters(error) ?? base.Hint(error)
            ?? NamedParameter(error);

    /// <summary>What to do about an error, given the parameters of the cmdlet, or null.</summary>
    private protected virtual string? HintOfParameters(KmsException error) => null;

    // Messages of AWS name members of the request; people know parameters.
    private string? NamedParameter(KmsException error)
    {
        if (error is not { ErrorCode: "ValidationException", Cause: ErrorCause.None })
        {
            return null;
        }

        string cmdlet = MyInvocation.MyCommand.Name;
        string? name = MemberNames.Find(error.Message);
        ParameterMetadata? named = MyInvocation.MyCommand.Parameters.Values.FirstOrDefault(parameter =>
            parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)
            || parameter.Aliases.Contains(name, StringComparer.OrdinalIgnoreCase));
        return named is null
            ? KmsErrorRecord.DescribesParameters(cmdlet)
            : $"Correct -{named.Name}. Get-Help {cmdlet} -Parameter {named.Name} describes it.";
    }

    // The message of AWS lists the values that are allowed; the list may be long.
    private string? NearestValue()
    {
        if (_request is null)
        {
            return null;
        }

        foreach (MemberShape member in RequestShape.Of(typeof(TRequest)).Members
            .Where(static member => member.Constraints.Values is not null))
        {
            string[] allowed = Enum.GetNames(member.Constraints.Values!);
            IEnumerable<string> given = member.Get(_request) switch
            {
                string value => [value],
                IEnumerable<string> values => values,
                _ => [],
            };
            if (given.FirstOrDefault(value => !allowed.Contains(value, StringComparer.Ordinal)) is { } wrong
                && NearestName.Find(wrong, allowed) is { } nearest)
            {
                return Advice.DidYouMean(nearest, "Tab completion offers what a parameter takes.");
            }
        }

        return null;
    }

    private protected Selection? ReadSelection()
    {
        if ((IsBound(nameof(Select)) ? Select ?? WholeResponse : DefaultSelect) is not { } expression)
        {
            return null;
        }

        if (_selected?.Expression != expression)
        {
            _selected = (expression, Selection.Parse(expression, typeof(TResponse), this));
        }

        return _selected?.Selection;
    }

    private void WarnOfNulls()
    {
        foreach ((string name, object? value) in MyInvocation.BoundParameters)
        {
            if (value is null && MyInvocation.MyCommand.Parameters[name].Attributes.OfType<ParameterAttribute>()
                .Any(static parameter => parameter.Mandatory))
            {
                WriteWarning($"-{name} is required, and $null was given for it: it is left out of the request.");
            }
        }
    }
}
