"""Made from schemas/execution.schema.json by tools/compile_schemas.py: `CHECKS` accept what it accepts."""

from spotaction.documents.compiled import MismatchError

import re
REGEX_PATTERNS = {'^[a-zA-Z_][0-9a-zA-Z_]{0,127}$|<\\+': re.compile('^[a-zA-Z_][0-9a-zA-Z_]{0,127}\\Z|<\\+'), '^\\s*<\\+\\s*input\\s*>': re.compile('^\\s*<\\+\\s*input\\s*>'), '^[0-9]{1,9}$|<\\+': re.compile('^[0-9]{1,9}\\Z|<\\+'), '^[0-9wdhms ]+$|<\\+': re.compile('^[0-9wdhms ]+\\Z|<\\+'), '^(?!(exclude|maxConcurrency|nodeName)$)[A-Za-z_][A-Za-z0-9_]*$': re.compile('^(?!(exclude|maxConcurrency|nodeName)$)[A-Za-z_][A-Za-z0-9_]*$'), '^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[^/\\s]+/[0-9A-Za-z_]+$(?!\\n)|^$|<\\+': re.compile('^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[^/\\s]+/[0-9A-Za-z_]+\\Z(?!\\n)|^\\Z|<\\+'), '^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener-rule/app/[^/\\s]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+$(?!\\n)|^$|<\\+': re.compile('^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener-rule/app/[^/\\s]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+\\Z(?!\\n)|^\\Z|<\\+'), '^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/[^/\\s]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+$(?!\\n)|^$|<\\+': re.compile('^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/[^/\\s]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+\\Z(?!\\n)|^\\Z|<\\+')}
NoneType = type(None)
def validate(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = 0
    if v1 < 2:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['execution']) - v0.keys()
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if v1 < 2:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['stage']) - v0.keys()
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if v1 < 2:
        try:
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['pipeline']) - v0.keys()
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if v1 != 1:
        raise MismatchError
    v2 = isinstance(v0, dict)
    if v2:
        v4 = set(v0.keys())
        if '$schema' in v4:
            v4.remove('$schema')
            v5 = v0['$schema']
            if not isinstance(v5, str):
                raise MismatchError
        if 'execution' in v4:
            v4.remove('execution')
            v6 = v0['execution']
            validate____defs_execution(v6)
        if 'stage' in v4:
            v4.remove('stage')
            v7 = v0['stage']
            validate____defs_stage(v7)
        if 'pipeline' in v4:
            v4.remove('pipeline')
            v8 = v0['pipeline']
            validate____defs_pipeline(v8)
        if v4:
            raise MismatchError
    return v0
def validate____defs_pipeline(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['stages']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'name' in v3:
            v3.remove('name')
            v4 = v0['name']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
                if v5 > 128:
                    raise MismatchError
        if 'identifier' in v3:
            v3.remove('identifier')
            v6 = v0['identifier']
            if not isinstance(v6, str):
                raise MismatchError
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[a-zA-Z_][0-9a-zA-Z_]{0,127}$|<\\+'].search(v6):
                    raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v8 = v0['description']
            if not isinstance(v8, (str, NoneType)):
                raise MismatchError
        if 'projectIdentifier' in v3:
            v3.remove('projectIdentifier')
            v9 = v0['projectIdentifier']
        if 'orgIdentifier' in v3:
            v3.remove('orgIdentifier')
            v10 = v0['orgIdentifier']
        if 'tags' in v3:
            v3.remove('tags')
            v11 = v0['tags']
        if 'variables' in v3:
            v3.remove('variables')
            v12 = v0['variables']
            validate____defs_variables(v12)
        if 'stages' in v3:
            v3.remove('stages')
            v13 = v0['stages']
            if not isinstance(v13, list):
                raise MismatchError
            v14 = isinstance(v13, list)
            if v14:
                v15 = len(v13)
                if v15 < 1:
                    raise MismatchError
                for v16, v17 in enumerate(v13):
                    validate____defs_pipelineentry(v17)
        if 'notificationRules' in v3:
            v3.remove('notificationRules')
            v18 = v0['notificationRules']
        if 'flowControl' in v3:
            v3.remove('flowControl')
            v19 = v0['flowControl']
        if 'properties' in v3:
            v3.remove('properties')
            v20 = v0['properties']
        if 'timeout' in v3:
            v3.remove('timeout')
            v21 = v0['timeout']
        if 'allowStageExecutions' in v3:
            v3.remove('allowStageExecutions')
            v22 = v0['allowStageExecutions']
        if 'fixedInputsOnRerun' in v3:
            v3.remove('fixedInputsOnRerun')
            v23 = v0['fixedInputsOnRerun']
        if 'enforce' in v3:
            v3.remove('enforce')
            v24 = v0['enforce']
            validate____defs_enforce(v24)
        if 'delegateSelectors' in v3:
            v3.remove('delegateSelectors')
            v25 = v0['delegateSelectors']
        if v3:
            raise MismatchError
    return v0
def validate____defs_enforce(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, dict):
                raise MismatchError
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(v0.keys())
                if 'description' in v3:
                    v3.remove('description')
                    v4 = v0['description']
                    if not isinstance(v4, (str, NoneType)):
                        raise MismatchError
                if 'policySets' in v3:
                    v3.remove('policySets')
                    v5 = v0['policySets']
                    if not isinstance(v5, (list, tuple, str)):
                        raise MismatchError
                    v6 = isinstance(v5, list)
                    if v6:
                        v7 = len(v5)
                        for v8, v9 in enumerate(v5):
                            if not isinstance(v9, str):
                                raise MismatchError
                            if isinstance(v9, str):
                                v10 = len(v9)
                                if v10 < 1:
                                    raise MismatchError
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, NoneType):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
def validate____defs_pipelineentry(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = len(v0)
        if v2 < 1:
            raise MismatchError
        if v2 > 1:
            raise MismatchError
        v3 = set(v0.keys())
        if 'stage' in v3:
            v3.remove('stage')
            v4 = v0['stage']
            validate____defs_stage(v4)
        if 'parallel' in v3:
            v3.remove('parallel')
            v5 = v0['parallel']
            if not isinstance(v5, list):
                raise MismatchError
            v6 = isinstance(v5, list)
            if v6:
                v7 = len(v5)
                for v8, v9 in enumerate(v5):
                    validate____defs_pipelineentry(v9)
        if v3:
            raise MismatchError
    return v0
def validate____defs_variables(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, list):
                raise MismatchError
            v2 = isinstance(v0, list)
            if v2:
                v3 = len(v0)
                for v4, v5 in enumerate(v0):
                    if not isinstance(v5, dict):
                        raise MismatchError
                    v6 = isinstance(v5, dict)
                    if v6:
                        v7 = set(['name']) - v5.keys()
                        if v7:
                            raise MismatchError
                        v8 = set(v5.keys())
                        if 'name' in v8:
                            v8.remove('name')
                            v9 = v5['name']
                            if not isinstance(v9, str):
                                raise MismatchError
                            if isinstance(v9, str):
                                v10 = len(v9)
                                if v10 < 1:
                                    raise MismatchError
                        if 'type' in v8:
                            v8.remove('type')
                            v11 = v5['type']
                            if not isinstance(v11, str):
                                raise MismatchError
                        if 'description' in v8:
                            v8.remove('description')
                            v12 = v5['description']
                            if not isinstance(v12, (str, NoneType)):
                                raise MismatchError
                        if 'metadata' in v8:
                            v8.remove('metadata')
                            v13 = v5['metadata']
                        if 'required' in v8:
                            v8.remove('required')
                            v14 = v5['required']
                            if not isinstance(v14, (bool, NoneType)):
                                raise MismatchError
                        if 'value' in v8:
                            v8.remove('value')
                            v15 = v5['value']
                        if 'default' in v8:
                            v8.remove('default')
                            v16 = v5['default']
                        if v8:
                            raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, NoneType):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
def validate____defs_stage(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(v0.keys())
        if 'name' in v2:
            v2.remove('name')
            v3 = v0['name']
            if not isinstance(v3, str):
                raise MismatchError
            if isinstance(v3, str):
                v4 = len(v3)
                if v4 < 1:
                    raise MismatchError
                if v4 > 128:
                    raise MismatchError
        if 'identifier' in v2:
            v2.remove('identifier')
            v5 = v0['identifier']
            if not isinstance(v5, str):
                raise MismatchError
            if isinstance(v5, str):
                v6 = len(v5)
                if v6 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[a-zA-Z_][0-9a-zA-Z_]{0,127}$|<\\+'].search(v5):
                    raise MismatchError
        if 'description' in v2:
            v2.remove('description')
            v7 = v0['description']
            if not isinstance(v7, (str, NoneType)):
                raise MismatchError
        if 'type' in v2:
            v2.remove('type')
            v8 = v0['type']
            if not isinstance(v8, str):
                raise MismatchError
        if 'spec' in v2:
            v2.remove('spec')
            v9 = v0['spec']
            if not isinstance(v9, dict):
                raise MismatchError
        if 'tags' in v2:
            v2.remove('tags')
            v10 = v0['tags']
        if 'failureStrategies' in v2:
            v2.remove('failureStrategies')
            v11 = v0['failureStrategies']
        if 'when' in v2:
            v2.remove('when')
            v12 = v0['when']
        if 'variables' in v2:
            v2.remove('variables')
            v13 = v0['variables']
        if 'strategy' in v2:
            v2.remove('strategy')
            v14 = v0['strategy']
        if 'runMode' in v2:
            v2.remove('runMode')
            v15 = v0['runMode']
        if 'skipInstances' in v2:
            v2.remove('skipInstances')
            v16 = v0['skipInstances']
        if 'timeout' in v2:
            v2.remove('timeout')
            v17 = v0['timeout']
        if 'enforce' in v2:
            v2.remove('enforce')
            v18 = v0['enforce']
        if 'delegateSelectors' in v2:
            v2.remove('delegateSelectors')
            v19 = v0['delegateSelectors']
        if v2:
            raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(v0.keys())
            if 'type' in v2:
                v2.remove('type')
                v8 = v0['type']
                if not (isinstance(v8, str) and v8 == 'Deployment'):
                    raise MismatchError
            if 'spec' in v2:
                v2.remove('spec')
                v9 = v0['spec']
                v20 = isinstance(v9, dict)
                if v20:
                    v21 = set(v9.keys())
                    if 'deploymentType' in v21:
                        v21.remove('deploymentType')
                        v22 = v9['deploymentType']
                        if not (isinstance(v22, str) and v22 == 'Elastigroup'):
                            raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v23 = set(['spec']) - v0.keys()
            if v23:
                raise MismatchError
            v2 = set(v0.keys())
            if 'failureStrategies' in v2:
                v2.remove('failureStrategies')
                v11 = v0['failureStrategies']
                validate____defs_failurestrategies(v11)
            if 'when' in v2:
                v2.remove('when')
                v12 = v0['when']
                validate____defs_when(v12)
            if 'variables' in v2:
                v2.remove('variables')
                v13 = v0['variables']
                validate____defs_variables(v13)
            if 'enforce' in v2:
                v2.remove('enforce')
                v18 = v0['enforce']
                validate____defs_enforce(v18)
            if 'spec' in v2:
                v2.remove('spec')
                v9 = v0['spec']
                v20 = isinstance(v9, dict)
                if v20:
                    v24 = set(['execution']) - v9.keys()
                    if v24:
                        raise MismatchError
                    v21 = set(v9.keys())
                    if 'execution' in v21:
                        v21.remove('execution')
                        v25 = v9['execution']
                        validate____defs_execution(v25)
    return v0
def validate____defs_when(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, dict):
                raise MismatchError
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(v0.keys())
                if 'description' in v3:
                    v3.remove('description')
                    v4 = v0['description']
                    if not isinstance(v4, (str, NoneType)):
                        raise MismatchError
                if 'stageStatus' in v3:
                    v3.remove('stageStatus')
                    v5 = v0['stageStatus']
                    if not (isinstance(v5, str) and v5 == 'Success' or (isinstance(v5, str) and v5 == 'Failure') or (isinstance(v5, str) and v5 == 'All')):
                        raise MismatchError
                if 'pipelineStatus' in v3:
                    v3.remove('pipelineStatus')
                    v6 = v0['pipelineStatus']
                    if not (isinstance(v6, str) and v6 == 'Success' or (isinstance(v6, str) and v6 == 'Failure') or (isinstance(v6, str) and v6 == 'All')):
                        raise MismatchError
                if 'condition' in v3:
                    v3.remove('condition')
                    v7 = v0['condition']
                    if not isinstance(v7, (str, bool, NoneType)):
                        raise MismatchError
                if v3:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, NoneType):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            validate____defs_runtimeinput(v0)
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
def validate____defs_runtimeinput(v0):
    if not isinstance(v0, str):
        raise MismatchError
    if isinstance(v0, str):
        if not REGEX_PATTERNS['^\\s*<\\+\\s*input\\s*>'].search(v0):
            raise MismatchError
    return v0
def validate____defs_failurestrategies(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, list):
                raise MismatchError
            v2 = isinstance(v0, list)
            if v2:
                v3 = len(v0)
                for v4, v5 in enumerate(v0):
                    if not isinstance(v5, dict):
                        raise MismatchError
                    v6 = isinstance(v5, dict)
                    if v6:
                        v7 = set(['onFailure']) - v5.keys()
                        if v7:
                            raise MismatchError
                        v8 = set(v5.keys())
                        if 'description' in v8:
                            v8.remove('description')
                            v9 = v5['description']
                            if not isinstance(v9, (str, NoneType)):
                                raise MismatchError
                        if 'onFailure' in v8:
                            v8.remove('onFailure')
                            v10 = v5['onFailure']
                            if not isinstance(v10, dict):
                                raise MismatchError
                            v11 = isinstance(v10, dict)
                            if v11:
                                v12 = set(['errors', 'action']) - v10.keys()
                                if v12:
                                    raise MismatchError
                                v13 = set(v10.keys())
                                if 'description' in v13:
                                    v13.remove('description')
                                    v14 = v10['description']
                                    if not isinstance(v14, (str, NoneType)):
                                        raise MismatchError
                                if 'errors' in v13:
                                    v13.remove('errors')
                                    v15 = v10['errors']
                                    if not isinstance(v15, list):
                                        raise MismatchError
                                    v16 = isinstance(v15, list)
                                    if v16:
                                        v17 = len(v15)
                                        if v17 < 1:
                                            raise MismatchError
                                        for v18, v19 in enumerate(v15):
                                            if not (isinstance(v19, str) and v19 == 'AllErrors' or (isinstance(v19, str) and v19 == 'Unknown') or (isinstance(v19, str) and v19 == 'Authentication') or (isinstance(v19, str) and v19 == 'Authorization') or (isinstance(v19, str) and v19 == 'Connectivity') or (isinstance(v19, str) and v19 == 'Timeout') or (isinstance(v19, str) and v19 == 'Verification') or (isinstance(v19, str) and v19 == 'DelegateProvisioning') or (isinstance(v19, str) and v19 == 'DelegateRestart') or (isinstance(v19, str) and v19 == 'PolicyEvaluationFailure') or (isinstance(v19, str) and v19 == 'InputTimeoutError') or (isinstance(v19, str) and v19 == 'ApprovalRejection') or (isinstance(v19, str) and v19 == 'UserMarkedFailure') or (isinstance(v19, str) and v19 == 'InfrastructureFailure') or (isinstance(v19, str) and v19 == 'PluginImageFailure') or (isinstance(v19, str) and v19 == 'ResourceLimitsFailure') or (isinstance(v19, str) and v19 == 'ConfigurationFailure') or (isinstance(v19, str) and v19 == 'RetryableTransientFailure')):
                                                raise MismatchError
                                if 'action' in v13:
                                    v13.remove('action')
                                    v20 = v10['action']
                                    validate____defs_action(v20)
                                if v13:
                                    raise MismatchError
                        if v8:
                            raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, NoneType):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            validate____defs_runtimeinput(v0)
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
def validate____defs_action(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['type']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'description' in v3:
            v3.remove('description')
            v4 = v0['description']
            if not isinstance(v4, (str, NoneType)):
                raise MismatchError
        if 'type' in v3:
            v3.remove('type')
            v5 = v0['type']
            if not (isinstance(v5, str) and v5 == 'Retry' or (isinstance(v5, str) and v5 == 'Ignore') or (isinstance(v5, str) and v5 == 'MarkAsSuccess') or (isinstance(v5, str) and v5 == 'MarkAsFailure') or (isinstance(v5, str) and v5 == 'Abort') or (isinstance(v5, str) and v5 == 'StageRollback') or (isinstance(v5, str) and v5 == 'StepGroupRollback') or (isinstance(v5, str) and v5 == 'PipelineRollback')):
                raise MismatchError
        if 'spec' in v3:
            v3.remove('spec')
            v6 = v0['spec']
            if not isinstance(v6, (dict, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v5 = v0['type']
                if not (isinstance(v5, str) and v5 == 'Retry'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v6 = v0['spec']
                if not isinstance(v6, dict):
                    raise MismatchError
                v7 = isinstance(v6, dict)
                if v7:
                    v8 = set(['retryCount', 'onRetryFailure']) - v6.keys()
                    if v8:
                        raise MismatchError
                    v9 = set(v6.keys())
                    if 'description' in v9:
                        v9.remove('description')
                        v10 = v6['description']
                        if not isinstance(v10, (str, NoneType)):
                            raise MismatchError
                    if 'retryCount' in v9:
                        v9.remove('retryCount')
                        v11 = v6['retryCount']
                        if not isinstance(v11, (int, str)) and (not (isinstance(v11, float) and v11.is_integer())) or isinstance(v11, bool):
                            raise MismatchError
                        if isinstance(v11, str):
                            if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v11):
                                raise MismatchError
                        if isinstance(v11, (int, float)) and (not isinstance(v11, bool)):
                            if v11 < 0:
                                raise MismatchError
                            if v11 > 20:
                                raise MismatchError
                    if 'retryIntervals' in v9:
                        v9.remove('retryIntervals')
                        v12 = v6['retryIntervals']
                        if not isinstance(v12, list):
                            raise MismatchError
                        v13 = isinstance(v12, list)
                        if v13:
                            v14 = len(v12)
                            if v14 < 1:
                                raise MismatchError
                            for v15, v16 in enumerate(v12):
                                if not isinstance(v16, str):
                                    raise MismatchError
                                if isinstance(v16, str):
                                    if not REGEX_PATTERNS['^[0-9wdhms ]+$|<\\+'].search(v16):
                                        raise MismatchError
                    if 'onRetryFailure' in v9:
                        v9.remove('onRetryFailure')
                        v17 = v6['onRetryFailure']
                        if not isinstance(v17, dict):
                            raise MismatchError
                        v18 = isinstance(v17, dict)
                        if v18:
                            v19 = set(['action']) - v17.keys()
                            if v19:
                                raise MismatchError
                            v20 = set(v17.keys())
                            if 'action' in v20:
                                v20.remove('action')
                                v21 = v17['action']
                                if not isinstance(v21, dict):
                                    raise MismatchError
                                v22 = isinstance(v21, dict)
                                if v22:
                                    v23 = set(['type']) - v21.keys()
                                    if v23:
                                        raise MismatchError
                                    v24 = set(v21.keys())
                                    if 'type' in v24:
                                        v24.remove('type')
                                        v25 = v21['type']
                                        if not (isinstance(v25, str) and v25 == 'Ignore' or (isinstance(v25, str) and v25 == 'MarkAsSuccess') or (isinstance(v25, str) and v25 == 'MarkAsFailure') or (isinstance(v25, str) and v25 == 'Abort') or (isinstance(v25, str) and v25 == 'StageRollback') or (isinstance(v25, str) and v25 == 'StepGroupRollback') or (isinstance(v25, str) and v25 == 'PipelineRollback')):
                                            raise MismatchError
                                    if 'spec' in v24:
                                        v24.remove('spec')
                                        v26 = v21['spec']
                                    if v24:
                                        raise MismatchError
                            if v20:
                                raise MismatchError
                    if v9:
                        raise MismatchError
    return v0
def validate____defs_execution(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['steps']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'steps' in v3:
            v3.remove('steps')
            v4 = v0['steps']
            validate____defs_steps(v4)
        if 'rollbackSteps' in v3:
            v3.remove('rollbackSteps')
            v5 = v0['rollbackSteps']
            v6 = 0
            if not v6:
                try:
                    validate____defs_steps(v5)
                    v6 += 1
                except MismatchError:
                    pass
            if not v6:
                try:
                    if not isinstance(v5, NoneType):
                        raise MismatchError
                    v6 += 1
                except MismatchError:
                    pass
            if not v6:
                raise MismatchError
        if 'failureStrategies' in v3:
            v3.remove('failureStrategies')
            v7 = v0['failureStrategies']
            validate____defs_failurestrategies(v7)
        if 'enforce' in v3:
            v3.remove('enforce')
            v8 = v0['enforce']
            validate____defs_enforce(v8)
        if 'variables' in v3:
            v3.remove('variables')
            v9 = v0['variables']
            validate____defs_variables(v9)
        if 'description' in v3:
            v3.remove('description')
            v10 = v0['description']
            if not isinstance(v10, (str, NoneType)):
                raise MismatchError
        if 'delegateSelectors' in v3:
            v3.remove('delegateSelectors')
            v11 = v0['delegateSelectors']
        if 'metadata' in v3:
            v3.remove('metadata')
            v12 = v0['metadata']
        if v3:
            raise MismatchError
    return v0
def validate____defs_steps(v0):
    if not isinstance(v0, list):
        raise MismatchError
    v1 = isinstance(v0, list)
    if v1:
        v2 = len(v0)
        if v2 > 256:
            raise MismatchError
        for v3, v4 in enumerate(v0):
            validate____defs_entry(v4)
    return v0
def validate____defs_entry(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = len(v0)
        if v2 < 1:
            raise MismatchError
        if v2 > 1:
            raise MismatchError
        v3 = set(v0.keys())
        if 'step' in v3:
            v3.remove('step')
            v4 = v0['step']
            validate____defs_step(v4)
        if 'stepGroup' in v3:
            v3.remove('stepGroup')
            v5 = v0['stepGroup']
            validate____defs_stepgroup(v5)
        if 'parallel' in v3:
            v3.remove('parallel')
            v6 = v0['parallel']
            if not isinstance(v6, list):
                raise MismatchError
            v7 = isinstance(v6, list)
            if v7:
                v8 = len(v6)
                if v8 < 1:
                    raise MismatchError
                for v9, v10 in enumerate(v6):
                    validate____defs_entry(v10)
        if v3:
            raise MismatchError
    return v0
def validate____defs_stepgroup(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['steps']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'name' in v3:
            v3.remove('name')
            v4 = v0['name']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
                if v5 > 128:
                    raise MismatchError
        if 'identifier' in v3:
            v3.remove('identifier')
            v6 = v0['identifier']
            if not isinstance(v6, str):
                raise MismatchError
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[a-zA-Z_][0-9a-zA-Z_]{0,127}$|<\\+'].search(v6):
                    raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v8 = v0['description']
            if not isinstance(v8, (str, NoneType)):
                raise MismatchError
        if 'steps' in v3:
            v3.remove('steps')
            v9 = v0['steps']
            validate____defs_steps(v9)
        if 'when' in v3:
            v3.remove('when')
            v10 = v0['when']
            validate____defs_when(v10)
        if 'failureStrategies' in v3:
            v3.remove('failureStrategies')
            v11 = v0['failureStrategies']
            validate____defs_failurestrategies(v11)
        if 'strategy' in v3:
            v3.remove('strategy')
            v12 = v0['strategy']
            validate____defs_looping(v12)
        if 'stepGroupInfra' in v3:
            v3.remove('stepGroupInfra')
            v13 = v0['stepGroupInfra']
        if 'platform' in v3:
            v3.remove('platform')
            v14 = v0['platform']
        if 'sharedPaths' in v3:
            v3.remove('sharedPaths')
            v15 = v0['sharedPaths']
        if 'variables' in v3:
            v3.remove('variables')
            v16 = v0['variables']
        if 'delegateSelectors' in v3:
            v3.remove('delegateSelectors')
            v17 = v0['delegateSelectors']
        if v3:
            raise MismatchError
    return v0
def validate____defs_looping(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, dict):
                raise MismatchError
            v2 = 0
            if v2 < 2:
                try:
                    v3 = isinstance(v0, dict)
                    if v3:
                        v4 = set(['matrix']) - v0.keys()
                        if v4:
                            raise MismatchError
                    v2 += 1
                except MismatchError:
                    pass
            if v2 < 2:
                try:
                    v3 = isinstance(v0, dict)
                    if v3:
                        v4 = set(['repeat']) - v0.keys()
                        if v4:
                            raise MismatchError
                    v2 += 1
                except MismatchError:
                    pass
            if v2 < 2:
                try:
                    v3 = isinstance(v0, dict)
                    if v3:
                        v4 = set(['parallelism']) - v0.keys()
                        if v4:
                            raise MismatchError
                    v2 += 1
                except MismatchError:
                    pass
            if v2 != 1:
                raise MismatchError
            v3 = isinstance(v0, dict)
            if v3:
                v5 = set(v0.keys())
                if 'when' in v5:
                    v5.remove('when')
                    v6 = v0['when']
                    if not isinstance(v6, (str, bool)):
                        raise MismatchError
                if 'onFailure' in v5:
                    v5.remove('onFailure')
                    v7 = v0['onFailure']
                    if not (isinstance(v7, str) and v7 == 'RunAll' or (isinstance(v7, str) and v7 == 'SkipQueued')):
                        raise MismatchError
                if 'description' in v5:
                    v5.remove('description')
                    v8 = v0['description']
                    if not isinstance(v8, (str, NoneType)):
                        raise MismatchError
                if 'matrix' in v5:
                    v5.remove('matrix')
                    v9 = v0['matrix']
                    v10 = 0
                    if not v10:
                        try:
                            if not isinstance(v9, dict):
                                raise MismatchError
                            v11 = isinstance(v9, dict)
                            if v11:
                                v12 = set(v9.keys())
                                if 'exclude' in v12:
                                    v12.remove('exclude')
                                    v13 = v9['exclude']
                                    if not isinstance(v13, list):
                                        raise MismatchError
                                    v14 = isinstance(v13, list)
                                    if v14:
                                        v15 = len(v13)
                                        for v16, v17 in enumerate(v13):
                                            if not isinstance(v17, dict):
                                                raise MismatchError
                                if 'maxConcurrency' in v12:
                                    v12.remove('maxConcurrency')
                                    v18 = v9['maxConcurrency']
                                    if not isinstance(v18, (int, str)) and (not (isinstance(v18, float) and v18.is_integer())) or isinstance(v18, bool):
                                        raise MismatchError
                                    if isinstance(v18, str):
                                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v18):
                                            raise MismatchError
                                    if isinstance(v18, (int, float)) and (not isinstance(v18, bool)):
                                        if v18 < 0:
                                            raise MismatchError
                                if 'nodeName' in v12:
                                    v12.remove('nodeName')
                                    v19 = v9['nodeName']
                                    if not isinstance(v19, (str, NoneType)):
                                        raise MismatchError
                                for v20, v21 in v9.items():
                                    if REGEX_PATTERNS['^(?!(exclude|maxConcurrency|nodeName)$)[A-Za-z_][A-Za-z0-9_]*$'].search(v20):
                                        if v20 in v12:
                                            v12.remove(v20)
                                        if not isinstance(v21, (list, tuple, str)):
                                            raise MismatchError
                                if v12:
                                    raise MismatchError
                            v10 += 1
                        except MismatchError:
                            pass
                    if not v10:
                        try:
                            validate____defs_runtimeinput(v9)
                            v10 += 1
                        except MismatchError:
                            pass
                    if not v10:
                        raise MismatchError
                if 'repeat' in v5:
                    v5.remove('repeat')
                    v22 = v0['repeat']
                    if not isinstance(v22, dict):
                        raise MismatchError
                    v23 = 0
                    if v23 < 2:
                        try:
                            v24 = isinstance(v22, dict)
                            if v24:
                                v25 = set(['items']) - v22.keys()
                                if v25:
                                    raise MismatchError
                            v23 += 1
                        except MismatchError:
                            pass
                    if v23 < 2:
                        try:
                            v24 = isinstance(v22, dict)
                            if v24:
                                v25 = set(['times']) - v22.keys()
                                if v25:
                                    raise MismatchError
                            v23 += 1
                        except MismatchError:
                            pass
                    if v23 != 1:
                        raise MismatchError
                    v24 = isinstance(v22, dict)
                    if v24:
                        v26 = set(v22.keys())
                        if 'items' in v26:
                            v26.remove('items')
                            v27 = v22['items']
                            if not isinstance(v27, (list, tuple, str)):
                                raise MismatchError
                            v28 = isinstance(v27, list)
                            if v28:
                                v29 = len(v27)
                                for v30, v31 in enumerate(v27):
                                    if not isinstance(v31, (str, int, float, bool)):
                                        raise MismatchError
                        if 'start' in v26:
                            v26.remove('start')
                            v32 = v22['start']
                            if not isinstance(v32, (int, str)) and (not (isinstance(v32, float) and v32.is_integer())) or isinstance(v32, bool):
                                raise MismatchError
                            if isinstance(v32, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v32):
                                    raise MismatchError
                            if isinstance(v32, (int, float)) and (not isinstance(v32, bool)):
                                if v32 < 0:
                                    raise MismatchError
                        if 'end' in v26:
                            v26.remove('end')
                            v33 = v22['end']
                            if not isinstance(v33, (int, str)) and (not (isinstance(v33, float) and v33.is_integer())) or isinstance(v33, bool):
                                raise MismatchError
                            if isinstance(v33, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v33):
                                    raise MismatchError
                            if isinstance(v33, (int, float)) and (not isinstance(v33, bool)):
                                if v33 < 0:
                                    raise MismatchError
                        if 'partitionSize' in v26:
                            v26.remove('partitionSize')
                            v34 = v22['partitionSize']
                            if not isinstance(v34, (int, str)) and (not (isinstance(v34, float) and v34.is_integer())) or isinstance(v34, bool):
                                raise MismatchError
                            if isinstance(v34, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v34):
                                    raise MismatchError
                            if isinstance(v34, (int, float)) and (not isinstance(v34, bool)):
                                if v34 < 0:
                                    raise MismatchError
                        if 'unit' in v26:
                            v26.remove('unit')
                            v35 = v22['unit']
                            if not (isinstance(v35, str) and v35 == 'Count' or (isinstance(v35, str) and v35 == 'Percentage')):
                                raise MismatchError
                        if 'description' in v26:
                            v26.remove('description')
                            v36 = v22['description']
                            if not isinstance(v36, (str, NoneType)):
                                raise MismatchError
                        if 'times' in v26:
                            v26.remove('times')
                            v37 = v22['times']
                            if not isinstance(v37, (int, str)) and (not (isinstance(v37, float) and v37.is_integer())) or isinstance(v37, bool):
                                raise MismatchError
                            if isinstance(v37, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v37):
                                    raise MismatchError
                            if isinstance(v37, (int, float)) and (not isinstance(v37, bool)):
                                if v37 < 0:
                                    raise MismatchError
                        if 'maxConcurrency' in v26:
                            v26.remove('maxConcurrency')
                            v38 = v22['maxConcurrency']
                            if not isinstance(v38, (int, str)) and (not (isinstance(v38, float) and v38.is_integer())) or isinstance(v38, bool):
                                raise MismatchError
                            if isinstance(v38, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v38):
                                    raise MismatchError
                            if isinstance(v38, (int, float)) and (not isinstance(v38, bool)):
                                if v38 < 0:
                                    raise MismatchError
                        if 'nodeName' in v26:
                            v26.remove('nodeName')
                            v39 = v22['nodeName']
                            if not isinstance(v39, (str, NoneType)):
                                raise MismatchError
                        if v26:
                            raise MismatchError
                if 'parallelism' in v5:
                    v5.remove('parallelism')
                    v40 = v0['parallelism']
                    if not isinstance(v40, (int, str)) and (not (isinstance(v40, float) and v40.is_integer())) or isinstance(v40, bool):
                        raise MismatchError
                    if isinstance(v40, str):
                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v40):
                            raise MismatchError
                    if isinstance(v40, (int, float)) and (not isinstance(v40, bool)):
                        if v40 < 0:
                            raise MismatchError
                if 'maxConcurrency' in v5:
                    v5.remove('maxConcurrency')
                    v41 = v0['maxConcurrency']
                    if not isinstance(v41, (int, str)) and (not (isinstance(v41, float) and v41.is_integer())) or isinstance(v41, bool):
                        raise MismatchError
                    if isinstance(v41, str):
                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v41):
                            raise MismatchError
                    if isinstance(v41, (int, float)) and (not isinstance(v41, bool)):
                        if v41 < 0:
                            raise MismatchError
                if v5:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, NoneType):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            validate____defs_runtimeinput(v0)
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
def validate____defs_step(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'ElastigroupSetup'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v7 = set(['instances']) - v5.keys()
                    if v7:
                        raise MismatchError
                    v8 = set(v5.keys())
                    if 'name' in v8:
                        v8.remove('name')
                        v9 = v5['name']
                        if not isinstance(v9, str):
                            raise MismatchError
                        if isinstance(v9, str):
                            v10 = len(v9)
                            if v10 < 1:
                                raise MismatchError
                    if 'instances' in v8:
                        v8.remove('instances')
                        v11 = v5['instances']
                        validate____defs_instances(v11)
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'ElastigroupDeploy'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v7 = set(['newService']) - v5.keys()
                    if v7:
                        raise MismatchError
                    v8 = set(v5.keys())
                    if 'newService' in v8:
                        v8.remove('newService')
                        v15 = v5['newService']
                        validate____defs_amount(v15)
                    if 'oldService' in v8:
                        v8.remove('oldService')
                        v16 = v5['oldService']
                        validate____defs_amount(v16)
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'ElastigroupBGStageSetup'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v7 = set(['instances', 'loadBalancers']) - v5.keys()
                    if v7:
                        raise MismatchError
                    v8 = set(v5.keys())
                    if 'name' in v8:
                        v8.remove('name')
                        v9 = v5['name']
                        if not isinstance(v9, str):
                            raise MismatchError
                        if isinstance(v9, str):
                            v10 = len(v9)
                            if v10 < 1:
                                raise MismatchError
                    if 'instances' in v8:
                        v8.remove('instances')
                        v11 = v5['instances']
                        validate____defs_instances(v11)
                    if 'connectedCloudProvider' in v8:
                        v8.remove('connectedCloudProvider')
                        v17 = v5['connectedCloudProvider']
                        v18 = 0
                        if not v18:
                            try:
                                if not isinstance(v17, dict):
                                    raise MismatchError
                                v19 = isinstance(v17, dict)
                                if v19:
                                    v20 = set(v17.keys())
                                    if 'type' in v20:
                                        v20.remove('type')
                                        v21 = v17['type']
                                        if not (isinstance(v21, str) and v21 == 'AWS'):
                                            raise MismatchError
                                    if 'spec' in v20:
                                        v20.remove('spec')
                                        v22 = v17['spec']
                                        if not isinstance(v22, dict):
                                            raise MismatchError
                                        v23 = isinstance(v22, dict)
                                        if v23:
                                            v24 = set(v22.keys())
                                            if 'connectorRef' in v24:
                                                v24.remove('connectorRef')
                                                v25 = v22['connectorRef']
                                                if not isinstance(v25, str):
                                                    raise MismatchError
                                            if 'region' in v24:
                                                v24.remove('region')
                                                v26 = v22['region']
                                                if not isinstance(v26, str):
                                                    raise MismatchError
                                                if isinstance(v26, str):
                                                    v27 = len(v26)
                                                    if v27 < 1:
                                                        raise MismatchError
                                            if v24:
                                                raise MismatchError
                                    if v20:
                                        raise MismatchError
                                v18 += 1
                            except MismatchError:
                                pass
                        if not v18:
                            try:
                                if not isinstance(v17, NoneType):
                                    raise MismatchError
                                v18 += 1
                            except MismatchError:
                                pass
                        if not v18:
                            raise MismatchError
                    if 'loadBalancers' in v8:
                        v8.remove('loadBalancers')
                        v28 = v5['loadBalancers']
                        validate____defs_loadbalancers(v28)
                        v29 = isinstance(v28, list)
                        if v29:
                            v30 = len(v28)
                            if v30 < 1:
                                raise MismatchError
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'ElastigroupSwapRoute'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v7 = set(['downsizeOldElastigroup']) - v5.keys()
                    if v7:
                        raise MismatchError
                    v8 = set(v5.keys())
                    if 'downsizeOldElastigroup' in v8:
                        v8.remove('downsizeOldElastigroup')
                        v31 = v5['downsizeOldElastigroup']
                        if not isinstance(v31, (bool, str)):
                            raise MismatchError
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'ElastigroupBlueGreenTrafficShift'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                validate____defs_trafficshift(v5)
                v6 = isinstance(v5, dict)
                if v6:
                    v8 = set(v5.keys())
                    if 'elastigroupTrafficShiftWrapper' in v8:
                        v8.remove('elastigroupTrafficShiftWrapper')
                        v32 = v5['elastigroupTrafficShiftWrapper']
                        v33 = 0
                        if not v33:
                            try:
                                if not isinstance(v32, dict):
                                    raise MismatchError
                                validate____defs_trafficshift(v32)
                                v34 = isinstance(v32, dict)
                                if v34:
                                    v35 = set(['type', 'spec']) - v32.keys()
                                    if v35:
                                        raise MismatchError
                                    v36 = set(v32.keys())
                                    if 'type' in v36:
                                        v36.remove('type')
                                        v37 = v32['type']
                                        if not (isinstance(v37, str) and v37 == 'Inherit' or (isinstance(v37, str) and v37 == 'Standalone')):
                                            raise MismatchError
                                    if 'spec' in v36:
                                        v36.remove('spec')
                                        v38 = v32['spec']
                                        if not isinstance(v38, dict):
                                            raise MismatchError
                                    if v36:
                                        raise MismatchError
                                v33 += 1
                            except MismatchError:
                                pass
                        if not v33:
                            try:
                                if not isinstance(v32, NoneType):
                                    raise MismatchError
                                v33 += 1
                            except MismatchError:
                                pass
                        if not v33:
                            raise MismatchError
                    if 'type' in v8:
                        v8.remove('type')
                        v39 = v5['type']
                        if not (isinstance(v39, str) and v39 == 'Inherit' or (isinstance(v39, str) and v39 == 'Standalone')):
                            raise MismatchError
                    if 'spec' in v8:
                        v8.remove('spec')
                        v40 = v5['spec']
                        if not isinstance(v40, dict):
                            raise MismatchError
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'ElastigroupRollback'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v8 = set(v5.keys())
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'StandAloneTrafficShiftRollback'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v8 = set(v5.keys())
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'Wait'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['spec']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v7 = set(['duration']) - v5.keys()
                    if v7:
                        raise MismatchError
                    v8 = set(v5.keys())
                    if 'duration' in v8:
                        v8.remove('duration')
                        v41 = v5['duration']
                        if not isinstance(v41, str):
                            raise MismatchError
                        if isinstance(v41, str):
                            v42 = len(v41)
                            if v42 < 1:
                                raise MismatchError
                            if not REGEX_PATTERNS['^[0-9wdhms ]+$|<\\+'].search(v41):
                                raise MismatchError
                    if 'delegateSelectors' in v8:
                        v8.remove('delegateSelectors')
                        v12 = v5['delegateSelectors']
                    if 'metadata' in v8:
                        v8.remove('metadata')
                        v13 = v5['metadata']
                    if 'description' in v8:
                        v8.remove('description')
                        v14 = v5['description']
                    if v8:
                        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['type']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'type' in v3:
            v3.remove('type')
            v4 = v0['type']
            if not (isinstance(v4, str) and v4 == 'ElastigroupSetup' or (isinstance(v4, str) and v4 == 'ElastigroupDeploy') or (isinstance(v4, str) and v4 == 'ElastigroupBGStageSetup') or (isinstance(v4, str) and v4 == 'ElastigroupSwapRoute') or (isinstance(v4, str) and v4 == 'ElastigroupBlueGreenTrafficShift') or (isinstance(v4, str) and v4 == 'ElastigroupRollback') or (isinstance(v4, str) and v4 == 'StandAloneTrafficShiftRollback') or (isinstance(v4, str) and v4 == 'Wait')):
                raise MismatchError
        if 'name' in v3:
            v3.remove('name')
            v43 = v0['name']
            if not isinstance(v43, str):
                raise MismatchError
            if isinstance(v43, str):
                v44 = len(v43)
                if v44 < 1:
                    raise MismatchError
                if v44 > 128:
                    raise MismatchError
        if 'identifier' in v3:
            v3.remove('identifier')
            v45 = v0['identifier']
            if not isinstance(v45, str):
                raise MismatchError
            if isinstance(v45, str):
                v46 = len(v45)
                if v46 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[a-zA-Z_][0-9a-zA-Z_]{0,127}$|<\\+'].search(v45):
                    raise MismatchError
        if 'description' in v3:
            v3.remove('description')
            v47 = v0['description']
            if not isinstance(v47, (str, NoneType)):
                raise MismatchError
        if 'timeout' in v3:
            v3.remove('timeout')
            v48 = v0['timeout']
            if not isinstance(v48, str):
                raise MismatchError
            if isinstance(v48, str):
                v49 = len(v48)
                if v49 < 1:
                    raise MismatchError
                if not REGEX_PATTERNS['^[0-9wdhms ]+$|<\\+'].search(v48):
                    raise MismatchError
        if 'when' in v3:
            v3.remove('when')
            v50 = v0['when']
            validate____defs_when(v50)
        if 'failureStrategies' in v3:
            v3.remove('failureStrategies')
            v51 = v0['failureStrategies']
            validate____defs_failurestrategies(v51)
        if 'strategy' in v3:
            v3.remove('strategy')
            v52 = v0['strategy']
            validate____defs_looping(v52)
        if 'enforce' in v3:
            v3.remove('enforce')
            v53 = v0['enforce']
            validate____defs_enforce(v53)
        if 'spec' in v3:
            v3.remove('spec')
            v5 = v0['spec']
            if not isinstance(v5, (dict, NoneType)):
                raise MismatchError
        if 'delegateSelectors' in v3:
            v3.remove('delegateSelectors')
            v54 = v0['delegateSelectors']
        if 'metadata' in v3:
            v3.remove('metadata')
            v55 = v0['metadata']
        if v3:
            raise MismatchError
    return v0
def validate____defs_trafficshift(v0):
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'Inherit'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                if not isinstance(v5, dict):
                    raise MismatchError
                v6 = isinstance(v5, dict)
                if v6:
                    v7 = set(['weightPercentage']) - v5.keys()
                    if v7:
                        raise MismatchError
                    v8 = set(v5.keys())
                    if 'weightPercentage' in v8:
                        v8.remove('weightPercentage')
                        v9 = v5['weightPercentage']
                        if not isinstance(v9, (int, str)) and (not (isinstance(v9, float) and v9.is_integer())) or isinstance(v9, bool):
                            raise MismatchError
                        if isinstance(v9, str):
                            if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v9):
                                raise MismatchError
                        if isinstance(v9, (int, float)) and (not isinstance(v9, bool)):
                            if v9 < 0:
                                raise MismatchError
                            if v9 > 100:
                                raise MismatchError
                    if v8:
                        raise MismatchError
    try:
        v1 = isinstance(v0, dict)
        if v1:
            v2 = set(['type']) - v0.keys()
            if v2:
                raise MismatchError
            v3 = set(v0.keys())
            if 'type' in v3:
                v3.remove('type')
                v4 = v0['type']
                if not (isinstance(v4, str) and v4 == 'Standalone'):
                    raise MismatchError
    except MismatchError:
        pass
    else:
        v1 = isinstance(v0, dict)
        if v1:
            v3 = set(v0.keys())
            if 'spec' in v3:
                v3.remove('spec')
                v5 = v0['spec']
                validate____defs_standaloneshift(v5)
    return v0
def validate____defs_standaloneshift(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['loadBalancer', 'listenerArn', 'listenerRuleArn', 'forwardTrafficConfig']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'loadBalancer' in v3:
            v3.remove('loadBalancer')
            v4 = v0['loadBalancer']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
        if 'listenerArn' in v3:
            v3.remove('listenerArn')
            v6 = v0['listenerArn']
            if not isinstance(v6, str):
                raise MismatchError
            validate____defs_listenerarn(v6)
            if isinstance(v6, str):
                v7 = len(v6)
                if v7 < 1:
                    raise MismatchError
        if 'listenerRuleArn' in v3:
            v3.remove('listenerRuleArn')
            v8 = v0['listenerRuleArn']
            if not isinstance(v8, str):
                raise MismatchError
            validate____defs_rulearn(v8)
            if isinstance(v8, str):
                v9 = len(v8)
                if v9 < 1:
                    raise MismatchError
        if 'forwardTrafficConfig' in v3:
            v3.remove('forwardTrafficConfig')
            v10 = v0['forwardTrafficConfig']
            v11 = 0
            if not v11:
                try:
                    if not isinstance(v10, list):
                        raise MismatchError
                    v12 = isinstance(v10, list)
                    if v12:
                        v13 = len(v10)
                        if v13 < 1:
                            raise MismatchError
                        if v13 > 5:
                            raise MismatchError
                        for v14, v15 in enumerate(v10):
                            if not isinstance(v15, dict):
                                raise MismatchError
                            v16 = isinstance(v15, dict)
                            if v16:
                                v17 = set(['targetGroupArn', 'weight']) - v15.keys()
                                if v17:
                                    raise MismatchError
                                v18 = set(v15.keys())
                                if 'targetGroupArn' in v18:
                                    v18.remove('targetGroupArn')
                                    v19 = v15['targetGroupArn']
                                    if not isinstance(v19, str):
                                        raise MismatchError
                                    validate____defs_targetgrouparn(v19)
                                    if isinstance(v19, str):
                                        v20 = len(v19)
                                        if v20 < 1:
                                            raise MismatchError
                                if 'weight' in v18:
                                    v18.remove('weight')
                                    v21 = v15['weight']
                                    if not isinstance(v21, (int, str)) and (not (isinstance(v21, float) and v21.is_integer())) or isinstance(v21, bool):
                                        raise MismatchError
                                    if isinstance(v21, str):
                                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v21):
                                            raise MismatchError
                                    if isinstance(v21, (int, float)) and (not isinstance(v21, bool)):
                                        if v21 < 0:
                                            raise MismatchError
                                        if v21 > 999:
                                            raise MismatchError
                                if v18:
                                    raise MismatchError
                    v11 += 1
                except MismatchError:
                    pass
            if not v11:
                try:
                    validate____defs_runtimeinput(v10)
                    v11 += 1
                except MismatchError:
                    pass
            if not v11:
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_targetgrouparn(v0):
    if not isinstance(v0, (str, NoneType)):
        raise MismatchError
    if isinstance(v0, str):
        if not REGEX_PATTERNS['^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:targetgroup/[^/\\s]+/[0-9A-Za-z_]+$(?!\\n)|^$|<\\+'].search(v0):
            raise MismatchError
    return v0
def validate____defs_rulearn(v0):
    if not isinstance(v0, (str, NoneType)):
        raise MismatchError
    if isinstance(v0, str):
        if not REGEX_PATTERNS['^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener-rule/app/[^/\\s]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+$(?!\\n)|^$|<\\+'].search(v0):
            raise MismatchError
    return v0
def validate____defs_listenerarn(v0):
    if not isinstance(v0, (str, NoneType)):
        raise MismatchError
    if isinstance(v0, str):
        if not REGEX_PATTERNS['^arn:aws[a-z-]*:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:listener/app/[^/\\s]+/[0-9A-Za-z_]+/[0-9A-Za-z_]+$(?!\\n)|^$|<\\+'].search(v0):
            raise MismatchError
    return v0
def validate____defs_loadbalancers(v0):
    if not isinstance(v0, list):
        raise MismatchError
    v1 = isinstance(v0, list)
    if v1:
        v2 = len(v0)
        for v3, v4 in enumerate(v0):
            v5 = 0
            if not v5:
                try:
                    if not isinstance(v4, dict):
                        raise MismatchError
                    v6 = isinstance(v4, dict)
                    if v6:
                        v7 = set(['spec']) - v4.keys()
                        if v7:
                            raise MismatchError
                        v8 = set(v4.keys())
                        if 'type' in v8:
                            v8.remove('type')
                            v9 = v4['type']
                            if not (isinstance(v9, str) and v9 == 'AWSLoadBalancerConfig'):
                                raise MismatchError
                        if 'spec' in v8:
                            v8.remove('spec')
                            v10 = v4['spec']
                            validate____defs_loadbalancer(v10)
                        if v8:
                            raise MismatchError
                    v5 += 1
                except MismatchError:
                    pass
            if not v5:
                try:
                    validate____defs_loadbalancer(v4)
                    v5 += 1
                except MismatchError:
                    pass
            if not v5:
                raise MismatchError
    return v0
def validate____defs_loadbalancer(v0):
    if not isinstance(v0, dict):
        raise MismatchError
    v1 = isinstance(v0, dict)
    if v1:
        v2 = set(['loadBalancer', 'prodListenerPort']) - v0.keys()
        if v2:
            raise MismatchError
        v3 = set(v0.keys())
        if 'loadBalancer' in v3:
            v3.remove('loadBalancer')
            v4 = v0['loadBalancer']
            if not isinstance(v4, str):
                raise MismatchError
            if isinstance(v4, str):
                v5 = len(v4)
                if v5 < 1:
                    raise MismatchError
        if 'prodListenerPort' in v3:
            v3.remove('prodListenerPort')
            v6 = v0['prodListenerPort']
            if not isinstance(v6, (str, int)) and (not (isinstance(v6, float) and v6.is_integer())) or isinstance(v6, bool):
                raise MismatchError
        if 'prodListenerRuleArn' in v3:
            v3.remove('prodListenerRuleArn')
            v7 = v0['prodListenerRuleArn']
            validate____defs_rulearn(v7)
        if 'stageListenerPort' in v3:
            v3.remove('stageListenerPort')
            v8 = v0['stageListenerPort']
            if not isinstance(v8, (str, int, NoneType)) and (not (isinstance(v8, float) and v8.is_integer())) or isinstance(v8, bool):
                raise MismatchError
        if 'stageListenerRuleArn' in v3:
            v3.remove('stageListenerRuleArn')
            v9 = v0['stageListenerRuleArn']
            validate____defs_rulearn(v9)
        if 'stageTargetGroupArn' in v3:
            v3.remove('stageTargetGroupArn')
            v10 = v0['stageTargetGroupArn']
            validate____defs_targetgrouparn(v10)
        if 'isTrafficShift' in v3:
            v3.remove('isTrafficShift')
            v11 = v0['isTrafficShift']
            if not isinstance(v11, (bool, str, NoneType)):
                raise MismatchError
        if v3:
            raise MismatchError
    return v0
def validate____defs_amount(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, dict):
                raise MismatchError
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['type', 'spec']) - v0.keys()
                if v3:
                    raise MismatchError
                v4 = set(v0.keys())
                if 'description' in v4:
                    v4.remove('description')
                    v5 = v0['description']
                    if not isinstance(v5, (str, NoneType)):
                        raise MismatchError
                if 'type' in v4:
                    v4.remove('type')
                    v6 = v0['type']
                    if not (isinstance(v6, str) and v6 == 'Count' or (isinstance(v6, str) and v6 == 'Percentage')):
                        raise MismatchError
                if 'spec' in v4:
                    v4.remove('spec')
                    v7 = v0['spec']
                    if not isinstance(v7, dict):
                        raise MismatchError
                    v8 = isinstance(v7, dict)
                    if v8:
                        v9 = len(v7)
                        if v9 < 1:
                            raise MismatchError
                        if v9 > 1:
                            raise MismatchError
                        v10 = set(v7.keys())
                        if 'count' in v10:
                            v10.remove('count')
                            v11 = v7['count']
                            if not isinstance(v11, (int, str)) and (not (isinstance(v11, float) and v11.is_integer())) or isinstance(v11, bool):
                                raise MismatchError
                            if isinstance(v11, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v11):
                                    raise MismatchError
                            if isinstance(v11, (int, float)) and (not isinstance(v11, bool)):
                                if v11 < 0:
                                    raise MismatchError
                        if 'percentage' in v10:
                            v10.remove('percentage')
                            v12 = v7['percentage']
                            if not isinstance(v12, (int, str)) and (not (isinstance(v12, float) and v12.is_integer())) or isinstance(v12, bool):
                                raise MismatchError
                            if isinstance(v12, str):
                                if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v12):
                                    raise MismatchError
                            if isinstance(v12, (int, float)) and (not isinstance(v12, bool)):
                                if v12 < 0:
                                    raise MismatchError
                                if v12 > 100:
                                    raise MismatchError
                        if v10:
                            raise MismatchError
                if v4:
                    raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, (str, NoneType)):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
def validate____defs_instances(v0):
    v1 = 0
    if not v1:
        try:
            if not isinstance(v0, dict):
                raise MismatchError
            v2 = isinstance(v0, dict)
            if v2:
                v3 = set(['type']) - v0.keys()
                if v3:
                    raise MismatchError
                v4 = set(v0.keys())
                if 'description' in v4:
                    v4.remove('description')
                    v5 = v0['description']
                    if not isinstance(v5, (str, NoneType)):
                        raise MismatchError
                if 'type' in v4:
                    v4.remove('type')
                    v6 = v0['type']
                    if not (isinstance(v6, str) and v6 == 'Fixed' or (isinstance(v6, str) and v6 == 'CurrentRunning')):
                        raise MismatchError
                if 'spec' in v4:
                    v4.remove('spec')
                    v7 = v0['spec']
                    v8 = 0
                    if not v8:
                        try:
                            if not isinstance(v7, dict):
                                raise MismatchError
                            v9 = isinstance(v7, dict)
                            if v9:
                                v10 = set(v7.keys())
                                if 'min' in v10:
                                    v10.remove('min')
                                    v11 = v7['min']
                                    if not isinstance(v11, (int, str)) and (not (isinstance(v11, float) and v11.is_integer())) or isinstance(v11, bool):
                                        raise MismatchError
                                    if isinstance(v11, str):
                                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v11):
                                            raise MismatchError
                                    if isinstance(v11, (int, float)) and (not isinstance(v11, bool)):
                                        if v11 < 0:
                                            raise MismatchError
                                if 'desired' in v10:
                                    v10.remove('desired')
                                    v12 = v7['desired']
                                    if not isinstance(v12, (int, str)) and (not (isinstance(v12, float) and v12.is_integer())) or isinstance(v12, bool):
                                        raise MismatchError
                                    if isinstance(v12, str):
                                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v12):
                                            raise MismatchError
                                    if isinstance(v12, (int, float)) and (not isinstance(v12, bool)):
                                        if v12 < 0:
                                            raise MismatchError
                                if 'max' in v10:
                                    v10.remove('max')
                                    v13 = v7['max']
                                    if not isinstance(v13, (int, str)) and (not (isinstance(v13, float) and v13.is_integer())) or isinstance(v13, bool):
                                        raise MismatchError
                                    if isinstance(v13, str):
                                        if not REGEX_PATTERNS['^[0-9]{1,9}$|<\\+'].search(v13):
                                            raise MismatchError
                                    if isinstance(v13, (int, float)) and (not isinstance(v13, bool)):
                                        if v13 < 0:
                                            raise MismatchError
                                if v10:
                                    raise MismatchError
                            v8 += 1
                        except MismatchError:
                            pass
                    if not v8:
                        try:
                            if not isinstance(v7, NoneType):
                                raise MismatchError
                            v8 += 1
                        except MismatchError:
                            pass
                    if not v8:
                        raise MismatchError
                if v4:
                    raise MismatchError
            try:
                v2 = isinstance(v0, dict)
                if v2:
                    v3 = set(['type']) - v0.keys()
                    if v3:
                        raise MismatchError
                    v4 = set(v0.keys())
                    if 'type' in v4:
                        v4.remove('type')
                        v6 = v0['type']
                        if not (isinstance(v6, str) and v6 == 'Fixed'):
                            raise MismatchError
            except MismatchError:
                pass
            else:
                v2 = isinstance(v0, dict)
                if v2:
                    v3 = set(['spec']) - v0.keys()
                    if v3:
                        raise MismatchError
                    v4 = set(v0.keys())
                    if 'spec' in v4:
                        v4.remove('spec')
                        v7 = v0['spec']
                        v9 = isinstance(v7, dict)
                        if v9:
                            v14 = set(['min', 'desired', 'max']) - v7.keys()
                            if v14:
                                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        try:
            if not isinstance(v0, str):
                raise MismatchError
            v1 += 1
        except MismatchError:
            pass
    if not v1:
        raise MismatchError
    return v0
CHECKS = {'': validate, 'action': validate____defs_action, 'amount': validate____defs_amount, 'enforce': validate____defs_enforce, 'entry': validate____defs_entry, 'execution': validate____defs_execution, 'failureStrategies': validate____defs_failurestrategies, 'instances': validate____defs_instances, 'listenerArn': validate____defs_listenerarn, 'loadBalancer': validate____defs_loadbalancer, 'loadBalancers': validate____defs_loadbalancers, 'looping': validate____defs_looping, 'pipeline': validate____defs_pipeline, 'pipelineEntry': validate____defs_pipelineentry, 'ruleArn': validate____defs_rulearn, 'runtimeInput': validate____defs_runtimeinput, 'stage': validate____defs_stage, 'standaloneShift': validate____defs_standaloneshift, 'step': validate____defs_step, 'stepGroup': validate____defs_stepgroup, 'steps': validate____defs_steps, 'targetGroupArn': validate____defs_targetgrouparn, 'trafficShift': validate____defs_trafficshift, 'variables': validate____defs_variables, 'when': validate____defs_when}
