using KmsTools.KeyStates;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Plans one key, with its replicas and all that belongs to them.</summary>
internal sealed partial class EstateKeyPlanner
{
    private readonly EstatePlanBuilder _plan;
    private readonly EstateKey _wanted;
    private readonly Key? _present;
    private readonly string _region;
    private readonly bool _isReplica;

    // The key as it will be at this point of the plan; what its members do not contain yet does not matter for the rules.
    private Key _key;

    private Located<string>? _aliasOfCreation;

    private EstateKeyPlanner(EstatePlanBuilder plan, EstateKey wanted, Key? present, Key key, bool isReplica)
    {
        _plan = plan;
        _wanted = wanted;
        _present = present;
        _key = key;
        _region = key.Region;
        _isReplica = isReplica;
        if (present is not null)
        {
            plan.Ids[wanted] = present.KeyId;
        }
    }

    // Material that has to be imported before the key can be used, and that the estate does not provide.
    private bool Waits => _key is { Origin: OriginType.EXTERNAL, LacksMaterial: true };

    /// <summary>Adds the changes of a key.</summary>
    public static void Add(EstatePlanBuilder plan, EstateKey wanted)
    {
        if (wanted.Id is null && wanted.Aliases.IsEmpty)
        {
            plan.Error(wanted.Position, "A key needs an id or an alias: by it the next import knows the key again.");
            return;
        }

        string region = plan.RegionOf(wanted.Region);
        Key? present = plan.Find(wanted);
        if (present is not null && !plan.Meant.TryAdd((region, present.KeyId), wanted))
        {
            EstateKey other = plan.Meant[(region, present.KeyId)];
            plan.Error(wanted.Position, $"This is the same key as {other.Name} in line {other.Position.Line}: {present.Arn}.");
            return;
        }

        EstateKeyPlanner planner = new(plan, wanted, present, present ?? Future(plan, region, wanted), isReplica: false);
        planner.AddAll();
    }

    private void AddAll()
    {
        int before = _plan.Changes.Count;
        int errors = _plan.Errors.Count;
        CheckMaterial();
        if (_present is null)
        {
            Create();
        }
        else
        {
            RequireUnchangeable();
        }

        if (_plan.Errors.Count == errors)
        {
            AddMaterial();
            AddSettings();
            AddReplicas();
            if (_wanted.Enabled is { Value: false })
            {
                AddState(enabled: false);
            }
        }

        if (_plan.Errors.Count == errors && !_plan.Changes.Skip(before).Any(change => ReferenceEquals(change.Owner, _wanted)))
        {
            _plan.Changes.Insert(before, Change(EstateKind.Key, _wanted.Name, EstateAction.Unchanged, "Nothing to do", _wanted.Position));
        }
    }

    private void AddUpdate<TResponse>(
        EstateKind kind,
        string name,
        string description,
        SourcePosition position,
        string operation,
        Func<string, IKmsRequest<TResponse>> request,
        
        EstateAction action = EstateAction.Updated, Func<KmsException, SourcePosition>? blame = null)
        where TResponse : class
    {
        _plan.Check(position, () => KeyStateTable.Require(operation, _key));
        _plan.Changes.Add(Change(kind, name, action, description, position) with
        {
            Steps = [new UpdateStep<TResponse>(_wanted, request)],
            Needs = [_wanted],
            Blame = blame,
        });
    }

    private void AddWaiting(EstateKind kind, string name, string description, SourcePosition position) => _plan.Changes.Add(
        Change(kind, name, EstateAction.Waiting, $"{description}: waits for the key material", position));

    private EstateChange Change(EstateKind kind, string name, EstateAction action, string description, SourcePosition position) => new()
    {
        Kind = kind,
        Name = name,
        Action = action,
        Region = _region,
        Description = description,
        Target = _present?.Arn is { } arn ? (_wanted.Aliases is [var first, ..] ? $"{arn} ({first})" : arn)
            : _isReplica ? $"replica in {_region} of {_key.KeyId}"
            : $"key {_wanted.Name}",
        Position = position,
        Owner = _wanted,
    };

    private SourcePosition Blame(KmsException error) => EstateErrorLocator.Of(_wanted, error);
}
